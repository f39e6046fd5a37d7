"""Manual reviews: who looks and decides, with which reason, and what stays of it."""

import pytest

from bot.audit import entries
from bot.proof import provided
from bot.rights import Role
from handlers.desk.settings import DeskSettings
from tests.desk.stage import SECRET, Agent, Builds, KeyRing, Sealer, Stage
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

    async def test_is_counted_beside_the_conversations_of_those_who_decide(
        self, stage: Stage, review: Review, senior: Agent
    ) -> None:
        await senior.opens("/desk/lists")
        assert "人工复核 <b>1</b>" in senior.text
        await does(senior, review, "decide", decision="accepted", reason="一致")
        await senior.opens("/desk/lists")
        assert "人工复核</a>" in senior.text
        li = await stage.agent("小李")
        assert "人工复核" not in li.text

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


class TestAReviewThatNeedsASecondPairOfEyes:
    @pytest.fixture
    async def stage(self, opened: Builds, sqlite_url: str) -> Stage:
        return await opened(sqlite_url, settings=DeskSettings(second_look=True))

    @pytest.fixture
    async def chief(self, stage: Stage) -> Agent:
        return await stage.agent("王主管", Role.SUPERVISOR)

    @pytest.fixture
    async def proposed(self, review: Review, senior: Agent) -> Review:
        assert (await does(senior, review, "decide", decision="accepted", reason="证件清楚")).status == 200
        return review

    async def test_is_not_decided_by_the_first(self, stage: Stage, proposed: Review, senior: Agent) -> None:
        (waiting,) = await stage.store.read(reviews.open_reviews)
        assert (waiting.proposal, waiting.proposed_by, waiting.decision) == ("accepted", "老周", None)
        assert await self.outcomes(stage) == ["review_opened"]
        await senior.opens(f"/desk/reviews/{proposed.id}")
        assert "要由另一位同事确认" in senior.text
        assert "/decide" not in senior.text

    async def test_is_decided_when_another_agrees(self, stage: Stage, proposed: Review, chief: Agent) -> None:
        await chief.opens("/desk/reviews")
        assert "老周 建议通过" in chief.text
        await chief.opens(f"/desk/reviews/{proposed.id}")
        assert "证件清楚" in chief.text
        assert (await does(chief, proposed, "second", agrees="yes", reason="也看过了")).status == 200
        assert await stage.store.read(reviews.open_reviews) == []
        assert await self.outcomes(stage) == ["review_opened", "review_accepted"]
        assert await self.trail(stage, proposed) == [
            ("老周", "review proposed accepted", "证件清楚"),
            ("王主管", "review accepted", "也看过了"),
        ]

    async def test_is_not_confirmed_by_its_author(
        self, stage: Stage, proposed: Review, senior: Agent, chief: Agent
    ) -> None:
        for agrees in ("yes", "no"):
            answer = await does(senior, proposed, "second", agrees=agrees, reason="我确定")
            assert answer.status == 403
            assert "另一位同事" in senior.text
        assert await self.outcomes(stage) == ["review_opened"]
        assert (await does(chief, proposed, "second", agrees="yes", reason="也看过了")).status == 200

    async def test_begins_anew_when_another_disagrees(
        self, stage: Stage, proposed: Review, senior: Agent, chief: Agent
    ) -> None:
        assert (await does(chief, proposed, "second", agrees="no", reason="照片太旧")).status == 200
        (waiting,) = await stage.store.read(reviews.open_reviews)
        assert (waiting.proposal, waiting.proposed_by) == (None, None)
        assert await self.outcomes(stage) == ["review_opened"]
        assert (await does(chief, proposed, "decide", decision="rejected", reason="照片太旧")).status == 200
        assert (await does(senior, proposed, "second", agrees="yes", reason="的确")).status == 200
        assert await self.outcomes(stage) == ["review_opened", "review_rejected"]
        assert [act for _, act, _ in await self.trail(stage, proposed)] == [
            "review proposed accepted",
            "review not accepted",
            "review proposed rejected",
            "review rejected",
        ]

    async def test_is_proposed_once(self, stage: Stage, proposed: Review, chief: Agent) -> None:
        again = await does(chief, proposed, "decide", decision="rejected", reason="不像")
        assert again.status == 409
        (waiting,) = await stage.store.read(reviews.open_reviews)
        assert waiting.proposal == "accepted"
        assert (await does(chief, proposed, "second", agrees="yes", reason="好")).status == 200

    async def test_wants_a_proposal_an_opinion_and_a_reason(
        self, stage: Stage, review: Review, senior: Agent, chief: Agent
    ) -> None:
        assert (await does(chief, review, "second", agrees="yes", reason="好")).status == 409
        await does(senior, review, "decide", decision="accepted", reason="证件清楚")
        assert (await does(chief, review, "second", agrees="maybe", reason="好")).status == 422
        assert (await does(chief, review, "second", agrees="yes", reason=" ")).status == 422
        number = "号码110101199003070134对得上"
        assert (await does(chief, review, "second", agrees="yes", reason=number)).status == 422
        assert (await does(chief, review, "second", agrees="yes", reason="好")).status == 200

    async def test_wants_a_fresh_password(self, stage: Stage, proposed: Review, chief: Agent) -> None:
        stage.clock.passes(minutes=11)
        assert (await does(chief, proposed, "second", agrees="yes", reason="好")).status == 401
        await chief.signs_in()
        assert (await does(chief, proposed, "second", agrees="yes", reason="好")).status == 200

    async def outcomes(self, stage: Stage) -> list[str]:
        return [verdict.outcome for verdict in await stage.store.read(cases.untold_verdicts)]

    async def trail(self, stage: Stage, review: Review) -> list[tuple[str, str, str]]:
        noted = await stage.store.read(lambda tx: entries(tx, about=f"review:{review.id}"))
        return [(entry.actor, entry.action, entry.reason) for entry in reversed(noted)]
