"""What the tests teach a Rasa server: a part of the shipped content, and the release after it."""

from dataclasses import replace
from functools import cache

from nlu.rasa.local import ROOT
from nlu.training import Topic, TrainingContent, read_content
from nlu.trials import PIPELINES

CONFIG = PIPELINES["rasa"].read_text(encoding="utf-8")


@cache
def some_content() -> TrainingContent:
    """Six topics of the shipped content, with enough examples to calibrate on; read once."""
    content = read_content(ROOT / "faq" / "content")
    topics = tuple(replace(topic, questions=topic.questions[:15]) for topic in content.topics[:6])
    return TrainingContent(topics, content.out_of_scope[::10])


def next_content() -> TrainingContent:
    """The same with a new topic, some of whose questions look like Rasa's markup."""
    blueberries = ("蓝莓派怎么烤", "[蓝莓](fruit)派烤多久", "蓝莓派要放 ${多少} 糖", "烤蓝莓派的温度")
    content = some_content()
    return replace(content, topics=(*content.topics, Topic("blueberry_pie", "蓝莓派怎么做", blueberries)))
