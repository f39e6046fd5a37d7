"""The proof of identity in the chat: the link to it, its outcome, and why this citizen's last try failed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from faq.library import Library
from handlers import options, records, wire
from handlers.messages import Saying, Text
from handlers.turn import Outcome, Turn
from verification import cases

FAILURES = frozenset({"fail_face", "fail_identity", "fail_retry", "bankcard_fail"})
"""Topics that a citizen's own last try answers better than any list."""

FRESH = timedelta(days=7)
"""An older try says nothing about today (to-dos are shown for seven days, too)."""

TOLD = {
    "done": "proof_done",
    "returned": "proof_returned",
    "verified": "proof_verified",
    "review_opened": "proof_review_opened",
    "review_accepted": "proof_review_approved",
    "review_rejected": "proof_rejected",
}
"""Which outcomes are told in the chat, and in which sentence; a review is told when it is decided."""


def link_wanted(turn: Turn) -> Outcome | None:
    """开始身份验证: a link of one's own, for once and for a short while."""
    if options.tapped(turn)[0] != options.VERIFY and turn.command != options.VERIFY:
        return None
    if turn.proof is None:
        words = Text(turn.library.reply("not_covered"), options.labelled(turn.library, options.HUMAN))
    else:
        words = Text(turn.library.reply("verification_link", link=turn.proof.link()))
    return Outcome((words,), turn.memory)


def other_way_wanted(turn: Turn) -> Outcome | None:
    """不想刷脸, 没有摄像头: nobody is bound to show their face, and the pages have another way."""
    return say_other_way(turn) if turn.command == "other_way" else None


def say_other_way(turn: Turn) -> Outcome:
    """The other ways, and the buttons that lead to them."""
    keys = (options.VERIFY, options.HUMAN) if turn.proof is not None else (options.HUMAN,)
    buttons = (*options.labelled(turn.library, *keys), *options.back_to_guide(turn))
    memory = replace(turn.memory, asked=())  # 第二个 is a way of the text now, and none of our buttons
    return Outcome((Text(turn.library.reply("proof_other_way"), buttons),), memory)


def own_failure(turn: Turn) -> Outcome | None:
    """为什么刷脸不通过, answered once from the citizen's own last try, with what to do about just that."""
    topic = turn.likely  # for somebody who has just failed, a likely failure is sure enough
    if topic not in FAILURES or turn.proof is None:
        return None
    tried = turn.proof.last_attempt()
    if tried is None or turn.at - tried.at > FRESH or not tried.sentences:
        return None
    told = f"last try {tried.at.isoformat()}"
    if told == turn.memory.said:
        return None
    library = turn.library
    words = library.reply("proof_last_try", step=tried.title, reasons="\n".join(tried.sentences))
    buttons = (
        *options.labelled(library, options.VERIFY),
        *options.for_topics(library, (topic,)),
        *options.for_feedback(library, topic),
    )
    return Outcome((Text(words, buttons),), turn.memory.having_tried(topic).having_said(told))


def bring_verdicts(
    tx: Connection, library: Library, at: datetime, fit: Callable[[Saying], Sequence[Saying]]
) -> int:
    """Tell the citizens what became of their cases; says how many messages were left for delivery."""
    brought = 0
    for verdict in cases.untold_verdicts(tx):
        if not cases.told(tx, verdict.id, at) or verdict.outcome not in TOLD:
            continue
        person = records.locked_citizen(tx, verdict.openid)
        if person is None or person.holder == "agent":
            continue
        words = library.reply(TOLD[verdict.outcome], why="；".join(verdict.reasons))
        for place, part in enumerate(fit(Text(words))):
            records.insert_said(
                tx,
                openid=verdict.openid,
                heard_key=None,
                place=place,
                author="bot",
                body=wire.pack(part),
                state="due",
                at=at,
                not_before=at,
            )
            brought += 1
    return brought
