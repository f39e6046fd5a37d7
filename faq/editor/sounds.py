"""Questions that sound alike: the same pinyin in two topics, which voice input and typing slips mix up."""

from collections.abc import Iterable, Iterator

from faq.checks import fold
from faq.content_models import Content
from nlu.engines import features


def sound(question: str) -> bytes:
    """The syllables of a question without tones, signs and width, as the ear hears them."""
    return features.syllables(fold(question)).tobytes()


def same_sounds(content: Content, fresh: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str, str, str]]:
    """Each fresh (topic, question) that sounds like one of another topic, with that topic and question."""
    wanted = {(topic, question): sound(question) for topic, question in fresh}
    lengths = {len(fold(question)) for _, question in wanted}
    spoken: dict[bytes, list[tuple[str, str]]] = {}
    for topic in content.topics if wanted else ():
        for question in (topic.title, *topic.questions):
            if len(fold(question)) in lengths:
                spoken.setdefault(sound(question), []).append((topic.id, question))
    for (topic_id, question), heard in wanted.items():
        for other, theirs in spoken.get(heard, ()):
            if other != topic_id:
                yield topic_id, question, other, theirs
                break
