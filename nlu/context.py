"""What an utterance means after the ones before it: "那护照呢", "还有呢".

"还是不行" is a topic of its own (resolved_no); the conversation knows which topic was not solved.
"""

import re
from dataclasses import replace

from nlu.text import words_only
from nlu.understanding import Context, Entity, Guess, Understanding

_MORE = re.compile(
    "(?:那)?(?:还有|然后|接下来|接着|之后|下一步|后来|再然后)(?:呢|怎么办|怎么弄|咋办|做什么)*(?:啊|呀)*"
)
_WHAT_OF = re.compile(
    "(?:那|那么|要是|如果|换成|我是|我用的?是?)*(?P<thing>.{1,12}?)(?:的话|的)?(?:呢|咋办|怎么办|行不行|可以吗|行吗|咧|嘞)"
)
_ASKED_OF = {"document": "document", "phone_brand": "phone_system", "phone_system": "phone_system"}
_SURE = 0.9


def in_context(understood: Understanding, context: Context) -> Understanding:
    """`understood` again, in the light of earlier turns; unchanged where it stands on its own feet.

    "还有呢" means the last topic; so does "那护照呢" after a question that has an answer of its own for
    passports; the caller keeps the document as a slot.
    """
    topic = context.last_topic
    if topic is None or not (_goes_on(understood.text) or _swaps_a_thing(understood, context)):
        return understood
    others = tuple(guess for guess in understood.guesses if guess.topic != topic)
    return replace(understood, zone="answer", guesses=(Guess(topic, _SURE), *others)[:5])


def _goes_on(text: str) -> bool:
    return _MORE.fullmatch(words_only(text)) is not None


def _swaps_a_thing(understood: Understanding, context: Context) -> bool:
    """Nothing is said but the name of a document or a phone: "那护照呢", "ios 10呢"."""
    found = _WHAT_OF.fullmatch(words_only(understood.text))
    things = [
        one
        for one in understood.entities
        if one.kind in _ASKED_OF and context.tells_apart(_ASKED_OF[one.kind], one.value)
    ]
    return found is not None and bool(things) and _covers(found["thing"], things)


def _covers(said: str, things: list[Entity]) -> bool:
    """Whether the entities are nearly all that was said: at most two characters are left over."""
    length = max(entity.end - entity.start for entity in things)
    return len(said) - length <= 2
