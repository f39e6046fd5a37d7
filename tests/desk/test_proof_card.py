"""What an agent sees of a citizen's proof of identity before the first word."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from bot.proof import provided
from bot.proof_card import proof_card
from tests.desk.stage import SECRET, Agent, Citizen, KeyRing, Sealer, Stage
from verification import cases, maps
from verification.building import PAGES, VOCABULARY
from verification.journey import Event

JOURNEY = maps.load(maps.FOLDER / "identity.yml", VOCABULARY, PAGES)

WAY = (
    ("entry", "accepted", ()), ("is_consent_known", "known", ()), ("notices", "has_read", ()),
    ("agreement", "agreed", ()), ("is_resident", "resident", ()),
    ("bankcard", "mismatch", ("form:card_mismatch",)), ("bankcard", "matched", ()), ("code", "right", ()),
    ("has_portrait", "known", ()), ("face", "retry", ("probe:hardly_alike",)),
)  # fmt: skip


@pytest.fixture
async def citizen(stage: Stage, li: Agent) -> Citizen:
    """Whose face hardly fitted, and who is served by 小李."""
    citizen = stage.citizen()
    await citizen.calls_for_a_human()
    house = provided(stage.store, Sealer(KeyRing.grown_from(SECRET)), stage.entrance.audit, stage.clock)

    def proves(tx: Connection) -> None:
        begun = stage.clock() - timedelta(minutes=30)
        case = cases.open_case(tx, citizen.openid, "identity", "identity", begun)
        cases.name_person(tx, case.id, "王*（居民身份证 1101**********8515）")
        for number, (step, word, reasons) in enumerate(WAY, 1):
            at = begun + timedelta(minutes=number)
            cases.append(tx, case.id, Event(number, step, word, at, reasons), house.seal)

    await stage.store.write(proves)
    await is_on_the_card(stage, citizen)
    await li.claims(citizen)
    return citizen


async def is_on_the_card(stage: Stage, citizen: Citizen) -> None:
    stage.proof = await stage.store.read(lambda tx: proof_card(tx, citizen.openid, JOURNEY))


class TestTheCard:
    async def test_says_where_they_stand_and_what_was_answered(
        self, stage: Stage, li: Agent, citizen: Citizen
    ) -> None:
        card = stage.proof
        assert card is not None
        assert (card.title, card.state) == ("人脸核验", "open")
        assert card.answers == {"entry": "yes", "bankcard": "yes", "code": "yes", "face": "no"}
        await li.opens(f"/desk/case/{(await citizen.case()).id}/side")
        for words in (
            "进行中",
            "王*（居民身份证 1101**********8515）",
            "银行卡核验没有通过",
            "采集人像与留存照片差异较大",
        ):
            assert words in li.text, words

    async def test_says_how_it_ended_in_words(self, stage: Stage, li: Agent, citizen: Citizen) -> None:
        def gives_up(tx: Connection) -> None:
            case = cases.latest_case(tx, citizen.openid)
            assert case is not None
            cases.end(tx, case, "abandoned", (), stage.clock())

        await stage.store.write(gives_up)
        await is_on_the_card(stage, citizen)
        await li.opens(f"/desk/case/{(await citizen.case()).id}/side")
        assert "没有办完，已过期" in li.text
        assert "abandoned" not in li.text

    async def test_is_none_without_a_case(self, stage: Stage) -> None:
        assert await stage.store.read(lambda tx: proof_card(tx, "oNobody0001", JOURNEY)) is None
