"""The same way on PostgreSQL: the tables and questions of this room are portable."""

import asyncio
from pathlib import Path

from tests.verification.journey.harness import a_citizen, opened
from verification import forgetting


class TestOnPostgresql:
    async def test_the_whole_way_is_the_same(self, tmp_path: Path, postgres_url: str) -> None:
        async with opened(tmp_path, url=postgres_url) as world, a_citizen(world) as citizen:
            await world.enrol()
            await world.push()
            await citizen.walks_to("done")
            world.clock.passes(days=8)
            assert (await world.store.write(lambda tx: forgetting.forget(tx, world.house)))[
                "evidence forgotten"
            ]

    async def test_a_double_tap_is_one_answer(self, tmp_path: Path, postgres_url: str) -> None:
        async with opened(tmp_path, url=postgres_url) as world, a_citizen(world) as citizen:
            await citizen.walks_to("notices")
            fields = {"mark": citizen.mark, "form_key": citizen.form_key, "button": "next", "read": "yes"}
            send = lambda: citizen.client.post("/verify/step/notices", data=fields)  # noqa: E731
            answers = await asyncio.gather(*(send() for _ in range(4)))
            assert {answer.url.path for answer in answers} == {"/verify/step/agreement"}
