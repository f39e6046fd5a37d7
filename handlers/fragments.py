"""Words without head or tail: 没反应, 怎么办. They mean the last answer; without one we ask where it is."""

import re
from collections.abc import Mapping
from dataclasses import replace

from faq.library import Answer
from handlers import answering, feedback, options, picking, proofs, unsure
from handlers.guiding import ASKING
from handlers.messages import Text
from handlers.turn import Outcome, Turn

MAY_BE: Mapping[str, tuple[str, ...]] = {
    "failing": ("fail_face", "fail_identity", "fail_retry", "bankcard_fail"),
    "missing": ("search_not_found", "todo_empty"),
    "dead": ("crash", "sign_fail", "camera_perm", "open_qr"),
    "unscanned": ("fail_face", "open_qr"),
    "stuck": (*feedback.WHERE_IT_STICKS, "crash"),
    "what_now": feedback.WHERE_IT_STICKS,
    "why": ("what_is", "why_bankcard", "fail_face"),
    "where": ("how_open", "todo_where", "tech_support"),
    "duration": ("fail_retry", "lock_times", "todo_expired"),
}
"""By the fragment that was typed: what can be wrong, and is offered to whoever said nothing before."""

WITHOUT: Mapping[str, tuple[str, ...]] = {"missing": ("no_alipay", "why_bankcard")}
"""没有, said of the thing that was named just before: to have none."""

ANOTHER_QUESTION = frozenset({"where", "duration"})
"""Asked after 怎么办 they do not say that the answer was in vain."""

NAMED: Mapping[str, tuple[str, ...]] = {
    "a_document": ("id_types", "input_info", "fail_identity"),
    "a_card": ("bankcard_fail", "why_bankcard", "crash"),
    "a_company": ("what_is", "who_must", "todo_where"),
    "an_account": ("need_register", "no_alipay", "bankcard_fail"),
    "alipay": ("how_open", "wechat_ok", "no_alipay"),
}
"""By the single word that was typed, 身份证 or 公司: what can be asked about it."""

_QUESTION_MARKS = re.compile(r"[\s!！]*[?？][\s!！?？]*")


def said(turn: Turn) -> Outcome | None:
    """A fragment, in the light of the last answer, or of the questions that were asked about just now."""
    command = "what_now" if _is_puzzled(turn) else turn.command or ""
    may_be = MAY_BE.get(command)
    if may_be is None or turn.holder == "queue":
        return None
    asked_about = [t for t in options.asked_about(turn.memory) if t in (*may_be, *WITHOUT.get(command, ()))]
    if len(asked_about) == 1 and command not in ASKING:
        return answering.answer(turn, asked_about[0])
    found = _last_answer(turn)
    if found is None:
        return proofs.own_failure(turn) or feedback.where_it_sticks(turn, may_be)
    meant = _next_to(found, may_be)
    if meant and meant not in turn.memory.tried and command not in ASKING:
        return answering.answer(turn, meant)
    if command in ASKING and found.topic not in turn.memory.tried:
        return answering.answer(turn, found.topic)
    if command in ANOTHER_QUESTION or (command in ASKING and turn.memory.said != _gone_on(found)):
        return _go_on(turn, found)
    return feedback.unsolved(turn, found.topic)


def named(turn: Turn) -> Outcome | None:
    """A thing is named and nothing is said of it: what the ear makes of it would be a guess."""
    topics = NAMED.get(turn.command or "") or _beside_the_answer(turn)
    return unsure.ask_which(turn, topics) if topics else None


def _beside_the_answer(turn: Turn) -> tuple[str, ...]:
    """第二个 after an answer: a step of it, or a button; which question it is, we ask."""
    if turn.memory.asked or not picking.is_numbered(turn.words) or not answering.was_last(turn):
        return ()
    found = _last_answer(turn)
    return tuple(topic for topic in found.related if topic not in unsure.NO_QUESTION) if found else ()


def _is_puzzled(turn: Turn) -> bool:
    """？？ and nothing else."""
    return _QUESTION_MARKS.fullmatch(turn.words) is not None


def _last_answer(turn: Turn) -> Answer | None:
    topic = turn.memory.topic
    return turn.library.answer_to(topic, on=turn.today) if topic else None


def _next_to(found: Answer, may_be: tuple[str, ...]) -> str | None:
    """没反应 after 怎么签字 is 签字提交不了: the trouble that stands beside the answer."""
    if found.topic in may_be:
        return None
    return next((topic for topic in found.related if topic in may_be), None)


def _go_on(turn: Turn, found: Answer) -> Outcome:
    words = turn.library.reply("go_on")
    buttons = (
        *feedback.other_help(turn, found.topic),
        *options.labelled(turn.library, options.HUMAN),
        *options.back_to_guide(turn),
    )
    memory = options.offering(replace(turn.memory, misses=0), buttons).having_said(_gone_on(found))
    return Outcome((Text(words, buttons),), memory)


def _gone_on(found: Answer) -> str:
    """What is remembered of it: 怎么办 once more says that the answer did not help."""
    return f"{found.topic} gone_on"
