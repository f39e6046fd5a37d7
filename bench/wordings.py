"""What the citizens of a bench say: the content's own questions, each worded as nobody did before."""

import itertools
import random
from collections.abc import Iterator, Sequence

from bench.serving import ROOT
from nlu.training import read_content

BEFORE = ("", "请问", "你好，", "那个", "麻烦问下，", "老师，", "我想问", "在吗，", "喂，", "师傅，")
AFTER = ("", "？", "，谢谢", "啊", "呢", "，急", "，帮帮忙", "。", "，在线等", "哈")


def known(folder: str = "faq/content") -> tuple[str, ...]:
    """A standard question for each topic: what the cache has heard after the first round."""
    return tuple(topic.title for topic in read_content(ROOT / folder).topics)


def unheard(seed: int, folder: str = "faq/content") -> Iterator[str]:
    """Questions in an order of their own, each worded differently: the cache never helps."""
    questions = [question for topic in read_content(ROOT / folder).topics for question in topic.questions]
    worded = [
        f"{before}{question}{after}"
        for question, before, after in itertools.product(questions, BEFORE, AFTER)
        if before or after
    ]
    random.Random(seed).shuffle(worded)  # noqa: S311 - a repeatable order, no secret
    return iter(worded)


def many(words: Sequence[str], how_many: int) -> list[str]:
    """So many of them, again and again from the front."""
    return list(itertools.islice(itertools.cycle(words), how_many))
