"""Manual reviews: who looks and decides, with which reason, and what stays of it."""

import pytest

from bot.audit import entries
from bot.proof import provided
from bot.rights import Role
from tests.desk.stage import SECRET, Agent, KeyRing, Sealer, Stage
from verification import cases, evidence, reviews
from verification.evidence import Kind, Piece
from verification.reviews import Review

PNG = b"\x89PNG\r\n\x1a\n not a face, only bytes"


@pytest.fixture
async def review(stage: Stage) -> Review:
    """A citizen's document that waits for a person's eye."""
    house = provided(stage.store, Sealer(KeyRing.grown_from(SECRET)), stage.entrance.audit, stage.clock)
    picture = evidence.new_number()

    def begin(tx) -> None:
        case = cases.open_case(tx, "oCitizen0001", "identity", "identity", stage.clock())
        cases.name_person(tx, case.id, "王*")
        kind = next(iter(Kind))
        evidence.keep(tx, picture, Piece(case.id, kind, "image/png", PNG), house)
        reviews.open_review(tx, cases.case_by_id(tx, case.id), "chosen", [picture], house)

    await stage.store.write(begin)
    (waiting,) = await stage.store.read(reviews.open_reviews)
    return waiting


@pytest.fixture
async def senior(stage: Stage) -> Agent:
    return await stage.agent("老周", Role.SENIOR)


async def does(agent: Agent, review: Review, verb: str, **fields: str):
    return await agent.does(f"reviews/{review.id}/{verb}", **fields)


class TestAReview:
    async def test_waits_in_the_list(self, review: Review, senior: Agent) -> None:
        await senior.opens("/desk/reviews")
        assert "王*" in senior.text
        assert (await senior.opens(f"/desk/reviews/{review.id}")).status == 200
        assert "data:image" not in senior.text

    async def test_shows_a_picture_for_a_reason_half_a_minute_long(
        self, stage: Stage, review: Review, senior: Agent
    ) -> None:
        (picture,) = review.pictures
        assert (await does(senior, review, "picture", picture=picture, reason=" ")).status == 422
        answer = await does(senior, review, "picture", picture=picture, reason="核对证件")
        assert answer.status == 200
        assert "data:image/png;base64," in senior.text
        assert "老周" in senior.text
        assert answer.headers["Refresh"].startswith("30;")
        noted = await stage.store.read(lambda tx: entries(tx, about="review.picture"))
        assert [(entry.actor, entry.reason) for entry in noted] == [("老周", "核对证件")]

    async def test_shows_no_picture_of_another_one(self, review: Review, senior: Agent) -> None:
        assert (await does(senior, review, "picture", picture="f" * 32, reason="看看")).status == 404

    async def test_is_decided_once_with_a_reason(self, stage: Stage, review: Review, senior: Agent) -> None:
        assert (await does(senior, review, "decide", decision="accepted", reason="")).status == 422
        assert (await does(senior, review, "decide", decision="maybe", reason="清楚")).status == 422
        assert (await does(senior, review, "decide", decision="accepted", reason="证件清楚")).status == 200
        assert (await does(senior, review, "decide", decision="rejected", reason="改主意")).status == 404
        assert await stage.store.read(reviews.open_reviews) == []
        verdicts = await stage.store.read(cases.untold_verdicts)
        assert [verdict.outcome for verdict in verdicts] == ["review_opened", "review_accepted"]

    async def test_wants_a_fresh_password(self, stage: Stage, review: Review, senior: Agent) -> None:
        stage.clock.passes(minutes=11)
        assert (await does(senior, review, "decide", decision="accepted", reason="清楚")).status == 401
        await senior.signs_in()
        assert (await does(senior, review, "decide", decision="accepted", reason="清楚")).status == 200

    async def test_is_not_for_agents(self, stage: Stage, review: Review) -> None:
        agent = await stage.agent("小李")
        assert (await agent.opens(f"/desk/reviews/{review.id}")).status == 403
        (picture,) = review.pictures
        assert (await does(agent, review, "picture", picture=picture, reason="看看")).status == 403
