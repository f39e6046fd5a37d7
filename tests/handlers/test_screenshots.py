"""A screenshot is looked at, answered by a push with the exact fix, and never kept."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from itertools import count

import pytest
from sqlalchemy import select, update
from structlog.testing import capture_logs

from bot import migrations
from bot.channels import wechat_words
from handlers import originals, records, screenshot_records
from handlers.desk.records import desk_event
from handlers.memory import Memory
from handlers.messages import Picture, Text
from handlers.one_turn import OneTurn
from handlers.reception import Live
from handlers.screenshot_records import LEASE, TRIES
from handlers.screenshots import Fetched, Screenshots
from nlu.numbers import check_digit
from nlu.picture_reader import PictureReader, ReaderLost
from nlu.reading import missing
from nlu.screenshot_pages import as_bytes, fonts_are_there, lettered
from nlu.screenshots import Line, Sight
from tests.handlers.conftest import Citizen, House

FACE_PAGE = Sight("page", (Line("人像比对未通过", 0.4, 0.05), Line("请在光线好的地方重试", 0.5, 0.03)))
RETRY_PAGE = Sight("page", (Line("验证失败：请稍后重试", 0.4, 0.05),))
ID = "11010119900307888"
ID += check_digit(ID).upper()


@dataclass
class Desk:
    """A house whose pictures are read: `shows` is what the reader sees next, `fetched` what WeChat gives."""

    house: House
    live: Live
    shows: Sight | BaseException = FACE_PAGE
    fetched: Fetched = b"a picture"
    asked_for: list[str] = field(default_factory=list)
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    async def fetch(self, media_id: str) -> Fetched:
        self.asked_for.append(media_id)
        return self.fetched

    async def see(self, picture: bytes) -> Sight:
        if isinstance(self.shows, BaseException):
            raise self.shows
        return self.shows

    def reader(self, see: Callable[[bytes], Awaitable[Sight]] | None = None) -> Screenshots:
        """Another process that reads pictures."""
        return Screenshots(
            self.house.store, self.fetch, see or self.see, lambda: self.live,
            fit=wechat_words.parts, memory_lasts=timedelta(minutes=30),
            clock=self.house.clock, wake=lambda: None,
        )  # fmt: skip

    async def sends(self, citizen: Citizen) -> str:
        """The citizen sends a picture; what rode home."""
        return await citizen.does(Picture(f"media-{next(self.numbers)}", "http://elsewhere.example/x.jpg"))

    async def pushed(self) -> list[Text]:
        """Everything that left by a push until now."""
        sayings = []
        while leaving := await self.house.leaving():
            for message in leaving:
                sayings.append(message.saying)
                mark = update(records.said).where(records.said.c.id == message.id).values(state="sent")
                await self.house.store.write(lambda tx, mark=mark: tx.execute(mark))
        assert all(isinstance(saying, Text) for saying in sayings)
        return sayings  # type: ignore[return-value]

    async def answers(self) -> list[str]:
        """Read what is due and tell what was pushed."""
        while await self.reader().read_due():
            pass
        await asyncio.sleep(0.05)  # what rode home is noted in bundles
        return [saying.words for saying in await self.pushed()]


def with_eyes(house: House, live: Live) -> Desk:
    turn = house.reception._one_turn
    house.reception._one_turn = OneTurn(turn.chain, turn.fit, turn.in_context, turn.memory_lasts, True)
    return Desk(house, live)


@pytest.fixture
def desk(house: House, live: Live) -> Desk:
    return with_eyes(house, live)


@pytest.fixture
async def any_desk(build_house: Callable[[str], House], live: Live, database_url: str) -> AsyncIterator[Desk]:
    """The same rules on SQLite and on PostgreSQL."""
    built = build_house(database_url)
    await migrations.upgrade(built.store)
    yield with_eyes(built, live)
    await built.reception.close()
    await built.store.close()


class TestThePictureItself:
    """Only the sealed way to it is kept, and a page without numbers is known to be one."""

    @pytest.mark.parametrize(
        ("shows", "clear"),
        [
            (FACE_PAGE, True),
            (Sight("page", (Line("身份证号 110***********8886", 0.4, 0.05),)), False),
            (Sight("page", (Line("姓名：**", 0.4, 0.05), Line("人像比对未通过", 0.5, 0.05))), False),
            (Sight("papers"), False),
            (Sight("face"), False),
            (Sight("nothing"), False),
        ],
    )
    async def test_is_clear_only_as_a_page_on_which_nothing_was_covered(
        self, desk: Desk, shows: Sight, clear: bool
    ) -> None:
        await desk.sends(desk.house.citizen())
        row = await desk.house.row("original")
        assert (row["kind"], row["clear"]) == ("picture", False)
        assert b"media-1" not in row["sealed"]
        desk.shows = shows
        await desk.answers()
        assert (await desk.house.row("original"))["clear"] is clear

    @pytest.mark.parametrize("fetched", ["gone", "refused"])
    async def test_is_not_clear_when_it_could_not_be_read(self, desk: Desk, fetched: Fetched) -> None:
        desk.fetched = fetched
        await desk.sends(desk.house.citizen())
        await desk.answers()
        assert (await desk.house.row("original"))["clear"] is False

    async def test_is_forgotten_with_wechats_three_days(self, desk: Desk) -> None:
        await desk.sends(desk.house.citizen())
        now = desk.house.clock()
        for days, gone in ((2.9, 0), (3.1, 1)):
            late = now + timedelta(days=days)
            forget = partial(originals.forget, now=late, keep_for=timedelta(days=7))
            assert await desk.house.store.write(forget) == gone


class TestACitizenWhoSendsAScreenshot:
    async def test_hears_at_once_that_it_is_looked_at(self, desk: Desk) -> None:
        assert "正在看您的截图" in await desk.sends(desk.house.citizen())

    async def test_gets_the_fix_for_what_the_screen_says(self, any_desk: Desk) -> None:
        await any_desk.sends(any_desk.house.citizen())
        (answer,) = await any_desk.answers()
        assert answer.startswith("我看到您的屏幕上写着“人像比对未通过”。")
        fix = any_desk.live.library.answer_to("fail_face", on=any_desk.house.clock().date())
        assert fix is not None
        assert fix.text.strip() in answer

    async def test_may_go_on_about_it_in_words(self, desk: Desk) -> None:
        citizen = desk.house.citizen()
        await desk.sends(citizen)
        await desk.answers()
        memory = Memory.from_json(str((await desk.house.row("citizen"))["memory"]))
        assert (memory.topic, memory.slots) == ("fail_face", {"error": "face"})
        await citizen.says("还是不行")
        assert Memory.from_json(str((await desk.house.row("citizen"))["memory"])).unsolved == 1

    async def test_is_asked_which_was_meant_when_the_page_is_unclear(self, desk: Desk) -> None:
        desk.shows = Sight("page", (Line("请核对后办理完毕再来确认", 0.4, 0.05),))
        citizen = desk.house.citizen()
        ear = _Guessing("ask")
        desk.live = replace(desk.live, ear=ear)
        await desk.sends(citizen)
        (answer,) = await desk.answers()
        assert "是不是想问" in answer

    async def test_is_asked_for_words_when_the_page_says_nothing_known(self, desk: Desk) -> None:
        desk.shows = Sight("page", (Line("今日天气晴朗", 0.4, 0.05),))
        await desk.sends(desk.house.citizen())
        (answer,) = await desk.answers()
        assert "打成字" in answer

    async def test_is_not_handed_over_because_a_page_says_so(self, desk: Desk) -> None:
        desk.shows = Sight("page", (Line("请联系人工客服", 0.4, 0.05),))
        desk.live = replace(desk.live, ear=_Guessing("answer", "human"))
        await desk.sends(desk.house.citizen())
        await desk.answers()
        assert (await desk.house.row("citizen"))["holder"] == "bot"

    async def test_gets_one_answer_to_nine_pictures_of_one_error(self, desk: Desk) -> None:
        citizen = desk.house.citizen()
        for _ in range(4):
            await desk.sends(citizen)
        assert len(await desk.answers()) == 1

    async def test_gets_two_answers_to_two_errors(self, desk: Desk) -> None:
        citizen = desk.house.citizen()
        await desk.sends(citizen)
        await desk.reader().read_due()
        desk.shows = RETRY_PAGE
        await desk.sends(citizen)
        assert len(await desk.answers()) == 2

    async def test_is_asked_to_type_where_pictures_are_not_read(self, house: House) -> None:
        assert "看不懂图片" in await house.citizen().does(Picture("m"))
        assert await house.rows("screenshot_job") == []


class TestAPictureOfSomebody:
    @pytest.mark.parametrize(
        ("kind", "word"), [("papers", "没有保存"), ("face", "没有保存"), ("nothing", "没看清")]
    )
    async def test_gets_a_careful_answer_and_leaves_no_word(self, desk: Desk, kind: str, word: str) -> None:
        desk.shows = Sight(kind)  # type: ignore[arg-type]
        await desk.sends(desk.house.citizen())
        (answer,) = await desk.answers()
        assert word in answer
        assert (await desk.house.row("heard"))["words"] == ""

    async def test_that_wechat_will_not_give_us_is_no_screenshot(self, desk: Desk) -> None:
        desk.fetched = "refused"
        await desk.sends(desk.house.citizen())
        (answer,) = await desk.answers()
        assert "没看清" in answer


class TestWhileAnAgentHoldsTheThread:
    async def test_the_bot_is_silent_and_the_agent_sees_the_words(self, desk: Desk) -> None:
        citizen = desk.house.citizen()
        await citizen.says("转人工")
        await desk.house.store.write(lambda tx: records.hold(tx, citizen.openid, "agent"))
        await desk.pushed()
        assert await desk.sends(citizen) == ""
        assert await desk.answers() == []
        heard = {row["kind"]: row["words"] for row in await desk.house.rows("heard")}
        assert heard["Picture"] == "人像比对未通过\n请在光线好的地方重试"
        kinds = await desk.house.store.read(lambda tx: list(tx.scalars(select(desk_event.c.kind))))
        assert kinds[-1] == "note"

    async def test_it_stays_silent_when_the_agent_came_in_between(self, desk: Desk) -> None:
        citizen = desk.house.citizen()
        await desk.sends(citizen)
        await desk.house.store.write(lambda tx: records.hold(tx, citizen.openid, "agent"))
        assert await desk.answers() == []


class TestTrouble:
    async def test_with_wechat_costs_time_but_no_answer(self, any_desk: Desk) -> None:
        any_desk.fetched = "later"
        await any_desk.sends(any_desk.house.citizen())
        assert await any_desk.answers() == []
        any_desk.fetched = b"a picture"
        any_desk.house.clock.passes(seconds=2)
        assert len(await any_desk.answers()) == 1

    async def test_with_the_reader_three_times_ends_in_asking_for_words(self, desk: Desk) -> None:
        desk.shows = ReaderLost("killed")
        await desk.sends(desk.house.citizen())
        for _ in range(TRIES):
            desk.house.clock.passes(seconds=10)
            answers = await desk.answers()
        assert len(desk.asked_for) == TRIES
        assert "打成字" in answers[0]

    async def test_that_lasted_past_three_days_ends_in_asking_for_words(self, desk: Desk) -> None:
        desk.fetched = "gone"
        await desk.sends(desk.house.citizen())
        (answer,) = await desk.answers()
        assert "打成字" in answer

    async def test_that_kills_the_house_is_survived_by_the_job(self, any_desk: Desk) -> None:
        any_desk.shows = _Killed()
        await any_desk.sends(any_desk.house.citizen())
        with pytest.raises(_Killed):
            await any_desk.reader().read_due()
        any_desk.shows = FACE_PAGE
        assert await any_desk.answers() == []  # another process may still be at it
        any_desk.house.clock.passes(seconds=LEASE.total_seconds() + 1)
        assert len(await any_desk.answers()) == 1

    async def test_that_kills_the_house_each_time_ends(self, desk: Desk) -> None:
        desk.shows = _Killed()
        await desk.sends(desk.house.citizen())
        for _ in range(TRIES):
            with pytest.raises(_Killed):
                await desk.reader().read_due()
            desk.house.clock.passes(seconds=LEASE.total_seconds() + 1)
        (answer,) = await desk.answers()
        assert "打成字" in answer


class TestTwoProcesses:
    async def test_answer_a_picture_once(self, any_desk: Desk) -> None:
        await any_desk.sends(any_desk.house.citizen())
        await asyncio.gather(*(any_desk.reader().read_due() for _ in range(4)))
        assert len(await any_desk.answers()) == 1
        assert len(any_desk.asked_for) == 1

    async def test_of_which_one_was_too_slow_answer_once(self, any_desk: Desk) -> None:
        clock = any_desk.house.clock
        await any_desk.sends(any_desk.house.citizen())

        async def slow(_: bytes) -> Sight:
            clock.passes(seconds=LEASE.total_seconds() + 1)
            await any_desk.reader().read_due()  # the other takes the job up and finishes it
            return RETRY_PAGE

        await any_desk.reader(slow).read_due()
        (answer,) = await any_desk.answers()
        assert "人像比对未通过" in answer

    async def test_hear_a_push_twice_and_leave_one_picture(self, any_desk: Desk) -> None:
        citizen = any_desk.house.citizen()
        first = await citizen.does(Picture("m"), key="msg:pic")
        assert await citizen.does(Picture("m"), key="msg:pic") == first
        assert len(await any_desk.house.rows("screenshot_job")) == 1


class TestWhatIsKept:
    async def test_is_no_picture_no_way_to_it_and_no_address(self, desk: Desk) -> None:
        await desk.sends(desk.house.citizen())
        await desk.answers()
        job = await desk.house.row("screenshot_job")
        assert (job["media_id"], job["outcome"], job["topic"]) == ("", "wording", "fail_face")
        assert desk.asked_for == ["media-1"]

    async def test_never_holds_the_number_in_a_picture(self, desk: Desk) -> None:
        if not fonts_are_there() or missing():
            pytest.skip("no Chinese font or no reader here: install fonts-noto-cjk and rapidocr")
        reader = PictureReader()
        form = ("身份验证失败", "姓名：欧阳小明", f"证件号码 {ID}", "手机号 13812345678")
        desk.fetched = as_bytes(lettered(form), "JPEG", quality=60)
        await desk.sends(desk.house.citizen())
        with capture_logs() as logs:
            await desk.reader(reader.read).read_due()
        await reader.close()
        kept = [logs, *[await desk.house.rows(table) for table in records.metadata.tables]]
        assert "身份验证失败" in repr(kept)
        for secret in (ID, ID[3:14], "13812345678", "2345", "欧阳"):
            assert secret not in repr(kept)


class _Killed(BaseException):
    """kill -9, as far as this process can tell."""


class _Guessing:
    """An ear that always says the same."""

    def __init__(self, zone: str, topic: str = "crash") -> None:
        self.zone, self.topic = zone, topic

    def understand(self, text: str):
        from nlu.understanding import Guess, Understanding

        return Understanding(text, self.zone, (Guess(self.topic, 0.6),))  # type: ignore[arg-type]


def test_a_job_tells_nobody_the_way_to_the_picture() -> None:
    assert "secret-media" not in repr(screenshot_records.Job("k", "o", "secret-media", 1))

    async def test_that_a_picture_came_is_forgotten_after_a_week(self, desk: Desk, citizen: Citizen) -> None:
        await desk.sends(citizen)
        await desk.answers()
        assert await desk.reader().forget_old() == 0
        desk.house.clock.passes(days=8)
        assert await desk.reader().forget_old() == 1
        kept = await desk.house.store.read(
            lambda tx: tx.execute(select(screenshot_records.screenshot_job)).all()
        )
        assert kept == []
        await desk.sends(citizen)
        assert await desk.answers()
