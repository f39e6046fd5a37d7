"""Two people write at once, and nobody's words are lost."""

from tests.editor.stage import Stage

KEY = "topic:verify_items"
ANSWER = "answers-0-text"


class TestTwoEditorsOfOneEntry:
    async def test_see_each_other(self, stage: Stage) -> None:
        wen, chen = await stage.writer("小文"), await stage.writer("小陈")
        await wen.opens(f"/content/entry/{KEY}")
        await chen.opens(f"/content/entry/{KEY}")
        assert "<span>小文</span> 也开着这一条" in chen.text

    async def test_have_both_their_lines_merged(self, stage: Stage) -> None:
        wen, chen = await stage.writer("小文"), await stage.writer("小陈")
        await chen.opens(f"/content/entry/{KEY}")
        seen_by_chen = chen.form()
        await wen.opens(f"/content/entry/{KEY}")
        await wen.saves(KEY, questions=f"{wen.form()['questions']}\n要验哪几样呢")
        answer = await chen.sends(
            f"/content/entry/{KEY}",
            **{
                **seen_by_chen,
                "questions": f"{seen_by_chen['questions']}\n到底查我啥",
                "title": "要核验什么？",
            },
        )
        assert answer.status == 409
        assert "小文 刚刚保存过这一条" in chen.text
        merged = chen.form()
        assert "要验哪几样呢" in str(merged["questions"])
        assert "到底查我啥" in str(merged["questions"])
        await chen.sends(f"/content/entry/{KEY}", **merged)
        await chen.opens(f"/content/entry/{KEY}")
        assert {"要验哪几样呢", "到底查我啥"} <= set(str(chen.form()["questions"]).split("\n"))
        assert chen.form()["title"] == "要核验什么？"

    async def test_are_shown_a_clash_and_keep_the_other_version_in_the_history(self, stage: Stage) -> None:
        wen, chen = await stage.writer("小文"), await stage.writer("小陈")
        await chen.opens(f"/content/entry/{KEY}")
        seen_by_chen = chen.form()
        await wen.saves(KEY, **{ANSWER: "小文的写法。"})
        await chen.sends(f"/content/entry/{KEY}", **{**seen_by_chen, ANSWER: "小陈的写法。"})
        assert "两边都改了，请看一下" in chen.text
        assert "小文的写法。" in chen.text
        assert chen.form()[ANSWER] == "小陈的写法。"
        await chen.sends(f"/content/entry/{KEY}", **chen.form())
        await chen.opens(f"/content/entry/{KEY}/history?n=2")
        assert "小文的写法。" in chen.text

    async def test_lose_no_words_when_one_deletes_what_the_other_writes(self, stage: Stage) -> None:
        wen, chen = await stage.writer("小文"), await stage.writer("小陈")
        await chen.opens(f"/content/entry/{KEY}")
        seen_by_chen = chen.form()
        await wen.opens(f"/content/entry/{KEY}")
        await wen.sends(f"/content/entry/{KEY}/delete", seen=wen.form()["seen"], note="不要了")
        answer = await chen.sends(f"/content/entry/{KEY}", **{**seen_by_chen, ANSWER: "小陈的写法。"})
        assert answer.status == 409
        assert "小文 刚刚删除了这一条" in chen.text
        assert chen.form() | {"seen": ""} == seen_by_chen | {ANSWER: "小陈的写法。", "seen": ""}
        await chen.sends(f"/content/entry/{KEY}", **chen.form())
        assert "已保存" in chen.text
        await wen.opens(f"/content/entry/{KEY}")
        assert wen.form()[ANSWER] == "小陈的写法。"
