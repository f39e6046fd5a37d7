"""Pictures of answers: uploaded, chosen, rehearsed, released, taken elsewhere, thrown away."""

import io
import zipfile
from typing import Any
from urllib.parse import quote

import pytest
from PIL import Image
from sqlalchemy import select

from bot.audit import entries
from bot.rights import Role
from faq.editor.folders import LEFT_BEHIND, MOST_CARRIED, pack
from faq.editor.records import faq_picture
from tests.editor.stage import Builds, Stage, Writer

NAME = "收费说明"
FIRST = f"/content/pictures/{quote(NAME)}"


def drawn(size: tuple[int, int] = (90, 60), kind: str = "PNG", colour: str = "green", **saved: Any) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, colour).save(made, kind, **saved)
    return made.getvalue()


async def uploads(writer: Writer, data: bytes | None = None, *, name: str = NAME, file: str = "a.png") -> int:
    """Upload a picture; the status of the answer."""
    await writer.opens("/content/pictures")
    answer = await writer.sends("/content/pictures", name=name, file=(file, data or drawn()))
    return answer.status


async def kept(stage: Stage) -> list[str]:
    return list(await stage.store.read(lambda tx: tx.scalars(select(faq_picture.c.name)).all()))


async def released_with_a_picture(stage: Stage) -> Writer:
    """The answer about fees is live with its picture; its editor comes back."""
    editor, reviewer = await stage.writer("小王"), await stage.writer("小李", Role.REVIEWER)
    await uploads(editor)
    await editor.saves("topic:fee", **{"answers-0-picture": NAME})
    candidate = await editor.proposes("topic:fee")
    await editor.sends(f"{candidate}/submit", note="加图")
    await reviewer.releases(candidate)
    await stage.live.follow_once()
    return editor


class TestAnUploadedPicture:
    async def test_stands_in_the_list_and_can_be_seen(self, stage: Stage) -> None:
        editor = await stage.writer("小王")
        assert await uploads(editor) == 200
        assert "已上传" in editor.text
        assert "现在没有用到" in editor.text
        seen = Image.open(io.BytesIO(await editor.downloads(FIRST)))
        assert (seen.format, seen.size) == ("JPEG", (90, 60))

    async def test_is_noted_in_the_trail(self, stage: Stage) -> None:
        await uploads(await stage.writer("小王"))
        assert "content.picture" in [entry.action for entry in await stage.store.read(entries)]

    async def test_carries_nothing_but_its_pixels(self, stage: Stage) -> None:
        exif = Image.Exif()
        exif[0x010E] = "a telling description"
        editor = await stage.writer("小王")
        await uploads(editor, drawn(kind="JPEG", exif=exif) + b"a second file behind the first")
        data = await editor.downloads(FIRST)
        assert not Image.open(io.BytesIO(data)).getexif()
        assert b"second file" not in data

    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
    async def test_may_come_in_the_usual_formats(self, stage: Stage, kind: str) -> None:
        assert await uploads(await stage.writer("小王"), drawn(kind=kind)) == 200

    async def test_takes_the_name_of_its_file_when_none_is_given(self, stage: Stage) -> None:
        await uploads(await stage.writer("小王"), name="", file="login.1.png")
        assert await kept(stage) == ["login_1"]

    @pytest.mark.parametrize(
        ("data", "told"),
        [
            (b"no picture", "这个文件不能用"),
            (drawn(kind="GIF"), "这个文件不能用"),
            (drawn((6000, 5000)), "这个文件不能用"),
        ],
    )
    async def test_is_refused_when_it_cannot_be_drawn_anew(
        self, stage: Stage, data: bytes, told: str
    ) -> None:
        editor = await stage.writer("小王")
        assert await uploads(editor, data) == 422
        assert told in editor.text
        assert await kept(stage) == []
        assert await uploads(editor) == 200

    @pytest.mark.parametrize("name", ["../a", "a b", "a.jpg", "长" * 61])
    async def test_is_refused_under_a_name_that_is_none(self, stage: Stage, name: str) -> None:
        editor = await stage.writer("小王")
        assert await uploads(editor, name=name) == 422
        assert "图片名只能用" in editor.text
        assert await uploads(editor) == 200

    async def test_never_changes_under_its_name(self, stage: Stage) -> None:
        editor = await stage.writer("小王")
        await uploads(editor)
        before = await editor.downloads(FIRST)
        assert await uploads(editor, drawn(colour="red")) == 422
        assert "换一个名字" in editor.text
        assert await editor.downloads(FIRST) == before
        assert await uploads(editor, drawn(colour="red"), name=f"{NAME}2") == 200


class TestAnEntryWithAPicture:
    async def test_shows_it_on_the_phone_below_the_words(self, stage: Stage) -> None:
        editor = await stage.writer("小王")
        await uploads(editor)
        await editor.saves("topic:fee", **{"answers-0-picture": NAME})
        assert f'<img src="{FIRST}" alt="图片：{NAME}">' in editor.text
        assert "会分成 2 条发出" in editor.text
        await editor.opens("/content/pictures")
        assert 'href="/content/entry/topic:fee"' in editor.text

    async def test_may_be_a_guide(self, stage: Stage) -> None:
        editor = await stage.writer("小王")
        await uploads(editor)
        await editor.saves("guide:enter", **{"steps-0-picture": NAME})
        assert f'<img src="{FIRST}"' in editor.text

    async def test_is_told_when_nobody_uploaded_it(self, stage: Stage) -> None:
        editor = await stage.writer("小王")
        await editor.saves("topic:fee", **{"answers-0-picture": "没有的图"})
        assert "没有“没有的图”这张图片" in editor.text
        candidate = await editor.proposes("topic:fee")
        await editor.opens(candidate)
        assert "没有“没有的图”这张图片" in editor.text
        assert "没有通过" in editor.text
        await editor.sends(f"{candidate}/withdraw")
        await uploads(editor)
        await editor.saves("topic:fee", **{"answers-0-picture": NAME})
        await editor.opens(await editor.proposes("topic:fee"))
        assert "通过了排练" in editor.text

    async def test_shows_it_to_the_reviewer(self, stage: Stage) -> None:
        editor, reviewer = await stage.writer("小王"), await stage.writer("小李", Role.REVIEWER)
        await uploads(editor)
        await editor.saves("topic:fee", **{"answers-0-picture": NAME})
        await reviewer.opens(await editor.proposes("topic:fee"))
        assert f'<img src="{FIRST}"' in reviewer.text

    async def test_is_answered_with_words_first(self, stage: Stage) -> None:
        await released_with_a_picture(stage)
        assert "操作指南没有写收费" in await stage.asks("做身份验证收费吗？")


class TestAPictureThatIsThrownAway:
    async def test_is_gone(self, stage: Stage) -> None:
        editor = await stage.writer("小王")
        await uploads(editor)
        await editor.sends(f"{FIRST}/remove")
        assert "图片已去掉" in editor.text
        assert await kept(stage) == []
        assert await uploads(editor) == 200

    async def test_stays_while_a_draft_shows_it(self, stage: Stage) -> None:
        editor = await stage.writer("小王")
        await uploads(editor)
        await editor.saves("topic:fee", **{"answers-0-picture": NAME})
        assert (await editor.sends(f"{FIRST}/remove")).status == 422
        assert "还在用" in editor.text
        await editor.saves("topic:fee", **{"answers-0-picture": ""})
        await editor.sends(f"{FIRST}/remove")
        assert await kept(stage) == []

    async def test_stays_while_somebody_may_go_back_to_it(self, stage: Stage) -> None:
        editor = await released_with_a_picture(stage)
        await editor.saves("topic:fee", **{"answers-0-picture": ""})
        assert (await editor.sends(f"{FIRST}/remove")).status == 422
        assert await kept(stage) == [NAME]


class TestAReleaseThatIsTakenElsewhere:
    async def test_carries_its_pictures(self, stage: Stage, opened: Builds, tmp_path: Any) -> None:
        editor = await released_with_a_picture(stage)
        archive = await editor.downloads("/content/releases/2/yaml")
        other = await opened(f"sqlite+aiosqlite:///{tmp_path / 'other.db'}")
        there = await other.writer("小周")
        await there.brings("发布-2.zip", archive)
        assert f"图片“{NAME}”" in there.text
        assert await kept(other) == []  # nothing before it is confirmed
        await there.sends(there.path, which="all")
        assert await kept(other) == [NAME]
        await there.opens("/content/entry/topic:fee")
        assert f'<img src="{FIRST}"' in there.text
        await there.brings("发布-2.zip", archive)
        assert "没有可以导入的修改" in there.text

    async def test_says_plainly_what_is_missing(self, stage: Stage, opened: Builds, tmp_path: Any) -> None:
        editor = await released_with_a_picture(stage)
        bare = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(await editor.downloads("/content/releases/2/yaml"))) as whole,
            zipfile.ZipFile(bare, "w") as made,
        ):
            for name in whole.namelist():
                if name.endswith(".yml"):
                    made.writestr(name, whole.read(name))
        other = await opened(f"sqlite+aiosqlite:///{tmp_path / 'other.db'}")
        there = await other.writer("小周")
        await there.brings("发布-2.zip", bare.getvalue())
        assert f"图片“{NAME}”不在文件里，这里也没有" in there.text
        await uploads(there)
        await there.brings("发布-2.zip", bare.getvalue())
        assert "不在文件里" not in there.text

    async def test_does_not_change_a_picture_of_the_same_name(
        self, stage: Stage, opened: Builds, tmp_path: Any
    ) -> None:
        editor = await released_with_a_picture(stage)
        archive = await editor.downloads("/content/releases/2/yaml")
        other = await opened(f"sqlite+aiosqlite:///{tmp_path / 'other.db'}")
        there = await other.writer("小周")
        await uploads(there, drawn(colour="red"))
        before = await there.downloads(FIRST)
        await there.brings("发布-2.zip", archive)
        assert "已有另一张同名的图片" in there.text
        await there.sends(there.path, which="all")
        assert await there.downloads(FIRST) == before

    def test_names_what_is_too_much_for_one_file(self, shipped: Any) -> None:
        half = bytes(MOST_CARRIED // 2 + 1)
        with zipfile.ZipFile(io.BytesIO(pack(shipped, {"a": half, "b": half}))) as archive:
            assert "pictures/a.jpg" in archive.namelist()
            assert archive.read(LEFT_BEHIND).decode() == "b"
