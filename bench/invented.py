"""An invented service with thousands of entries, and what its citizens ask: for figures alone."""

import itertools
import random
from collections.abc import Iterator, Sequence

from faq.content_models import Answer, Category, Content, Topic
from faq.editor.entries import body_of, lenient
from faq.editor.report import Case
from faq.editor.tables import COLUMNS, row_of

WHO = (
    "企业 个体户 合作社 外商 分公司 律所 幼儿园 养老院 餐馆 药店 超市 网店 快递站 加油站 "
    "理发店 健身房 旅行社 培训班 诊所 茶馆"
)
WHAT = (
    "执照 食品许可 公章 税务登记 社保账户 对公账户 商标 年报 住所证明 章程 股权 法人 "
    "经营范围 名称 注册资本 分支机构 信用记录 电子签名 发票 许可证副本 消防验收 排污登记 "
    "卫生许可 特种设备 环评"
)
DOES = (
    "怎么办理 怎么变更 怎么注销 怎么补办 多少钱 多久能好 要什么材料 去哪里办 能网上办吗 "
    "谁可以代办 有效期多久 怎么查进度 被退回怎么办 写错了怎么改 可以加急吗 周末能办吗 "
    "外地能办吗 要本人到场吗 怎么预约 怎么打印"
)
ASKED = (
    "请问{does}{what}，我们是{who}",
    "我开{who}的，{what}{does}",
    "{who}的{what}，{does}呀",
    "{what}{does}（{who}）",
)
REWORDED = (
    "在吗，{who}{what}{does}",
    "{does}，{what}，{who}",
    "想问下{who}的{what}{does}呢",
    "{who}那个{what}{does}",
)
CATEGORY = "invented"
ANSWER = "请带好材料，到办事大厅的任意窗口办理。"
MATTERS: Sequence[tuple[str, str, str]] = tuple(itertools.product(WHO.split(), WHAT.split(), DOES.split()))
"""Ten thousand."""


def content(shipped: Content, entries: int, questions: int) -> Content:
    """The shipped content with so many more entries, each with so many ways of asking."""
    grown = Category(slug=CATEGORY, category="虚构", topics=tuple(_topics(entries, questions)))
    return shipped.model_copy(update={"categories": (*shipped.categories, grown)})


def changed(whole: Content, how_many: int) -> Content:
    """The same with one more way of asking, that nobody has used, for some of the invented entries."""
    *others, grown = whole.categories
    topics = list(grown.topics)
    for n in range(0, len(topics), max(1, len(topics) // how_many)):
        more = (*topics[n].questions, f"劳驾，{topics[n].title}，说说")
        topics[n] = topics[n].model_copy(update={"questions": more})
    again = grown.model_copy(update={"topics": tuple(topics)})
    return whole.model_copy(update={"categories": (*others, again)})


def table(how_many: int, questions: int, category: str, answer: str) -> list[list[str]]:
    """A table to bring in, with its heading: so many new entries of a category that is there."""
    topics = _topics(how_many, questions, answer)
    rows = (row_of(lenient(body_of(topic)), category) for topic in topics)
    return [list(COLUMNS.values()), *rows]


def cases(whole: Content, how_many: int) -> list[Case]:
    """Test questions: nine of ten about invented entries, in words of their own, the others about nothing."""
    chance = random.Random(3)  # noqa: S311 - a repeatable order, no secret
    entries = len(whole.categories[-1].topics)
    elsewhere = [words for group in whole.out_of_scope.values() for words in group]
    made = []
    for n in range(how_many):
        entry = chance.randrange(entries)
        case = Case(words=reworded(entry, n), topic=_id(entry))
        made.append(case if n % 10 else Case(words=f"{chance.choice(elsewhere)}呢", topic=None))
    return made


def reworded(entry: int, n: int = 0) -> str:
    """A question about an invented entry in words that it does not hold."""
    return REWORDED[n % len(REWORDED)].format(**_matter(entry))


def _topics(
    entries: int, questions: int, answer: str = "请带好材料，到办事大厅的任意窗口办理。"
) -> Iterator[Topic]:
    for n in range(entries):
        matter = _matter(n)
        asked = tuple(pattern.format(**matter) for pattern in ASKED[:questions])
        title = "{who}{what}{does}".format(**matter)
        yield Topic(id=_id(n), title=title, questions=asked, answers=(Answer(text=answer),))


def _id(entry: int) -> str:
    return f"invented_{entry}"


def _matter(entry: int) -> dict[str, str]:
    who, what, does = MATTERS[entry]
    return {"who": who, "what": what, "does": does}
