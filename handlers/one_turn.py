"""One turn inside its transaction: lock the citizen, load, ask the chain, write what it decided."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal

import structlog
from sqlalchemy import Connection, insert

from faq.library import Library
from handlers import consent, originals, records, screenshot_records, wire
from handlers.desk import cases, listening, waiting, wechat_sessions
from handlers.desk.waiting import URGENT
from handlers.flood import Limit
from handlers.memory import Memory
from handlers.messages import (
    Followed,
    Heard,
    Left,
    MenuTapped,
    Notice,
    Picture,
    Place,
    Recording,
    Saying,
    Scanned,
    SharedLink,
    Text,
    Words,
    label,
)
from handlers.turn import Agents, Handler, HandOver, Holder, Outcome, ProofDesk, Turn
from nlu.understanding import Context, Understanding

log = structlog.get_logger()

SLOTS = ("document", "step", "error", "phone_system")
"""Kinds of entities that a conversation remembers."""

MESSAGES = (Words, Picture, Recording, Place, SharedLink)
"""What opens the window of 48 hours, and what WeChat's agents get while a session lasts."""

KEPT_HEARD = 32
"""Times of the last messages that are kept for the flood guard."""


@dataclass(frozen=True, slots=True)
class Listened:
    """What the ear made of a push before the transaction opened; `words` are masked.

    `original` is what is covered of it, sealed; None when nothing is, or nothing may be kept.
    """

    words: str = ""
    masked: bool = False
    understood: Understanding | None = None
    original: originals.Original | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a turn: the message that may ride home (its row and itself), and whether more waits."""

    ride: tuple[int, Saying] | None = None
    more: bool = False
    by: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True)
class OneTurn:
    """How a turn is taken: the chain of handlers, the channel's limits, how long memory lasts.

    `fit` splits a saying into messages that the channel can carry; `in_context` lets the ear look
    again with what earlier turns left behind; `reads_pictures` says that somebody reads the pictures
    that are left for them; `proof_of` opens the verification room for a citizen, where there is one;
    `wechat_agents` hands over to WeChat's own agents instead of our desk; `flood` says who is too fast.
    """

    chain: Handler
    fit: Callable[[Saying], Sequence[Saying]]
    in_context: Callable[[Understanding, Context], Understanding]
    memory_lasts: timedelta
    reads_pictures: bool = False
    proof_of: Callable[[Connection, str], ProofDesk] | None = None
    wechat_agents: bool = False
    flood: Limit = field(default_factory=Limit)

    def take(
        self, tx: Connection, heard: Heard, listened: Listened, library: Library, *, at: datetime, rides: bool
    ) -> Taken:
        """Answer `heard` once; a push that was answered before gives back the same first message."""
        if not self._is_first(tx, heard, listened, at, rides=rides):
            return _same_again(tx, heard.key)
        if listened.original:
            originals.keep(tx, heard.key, heard.openid, listened.original, at)
        if isinstance(heard.act, Notice):
            _note(tx, heard, heard.act, at)
            return Taken(by="notice")
        row, is_new = _citizen(tx, heard.openid, at)
        holder = _holder_now(tx, heard, row.holder)
        memory = Memory.from_json(row.memory).aged(at, self.memory_lasts)
        memory = replace(memory, heard=(*memory.heard[-KEPT_HEARD:], at))
        understood = listened.understood
        if understood is not None:
            memory = memory.knowing({e.kind: e.value for e in understood.entities if e.kind in SLOTS})
            understood = self.in_context(
                understood, Context(memory.topic, partial(library.tells_apart, memory.topic or ""))
            )
        turn = Turn(
            heard.act, at, memory, library, listened.words, listened.masked, understood,
            holder, is_new, partial(waiting.place_of, tx, heard.openid, at), self.reads_pictures,
            self.proof_of(tx, heard.openid) if self.proof_of else None,
            staffing=lambda: listening.staffing(tx, at),
            agents=self._agents(heard, rides=rides),
            too_fast=self.flood.is_passed(memory.heard, at),
        )  # fmt: skip
        outcome = self._decided(turn)
        return self._write(tx, heard, turn, outcome, rides=rides)

    def _agents(self, heard: Heard, *, rides: bool) -> Agents:
        if not self.wechat_agents:
            return "own"
        return "wechat" if rides and isinstance(heard.act, MESSAGES) else "wechat_later"

    def _decided(self, turn: Turn) -> Outcome:
        """What the chain decided; a handler that breaks costs an apology, not the turn."""
        try:
            return self.chain(turn) or Outcome((), turn.memory)
        except Exception:
            log.exception("handler_failed", kind=type(turn.act).__name__)
            return Outcome((Text(turn.library.reply("error_apology")),), turn.memory, by="fault")

    def _is_first(
        self, tx: Connection, heard: Heard, listened: Listened, at: datetime, *, rides: bool
    ) -> bool:
        best = listened.understood.guesses[0] if listened.understood and listened.understood.guesses else None
        meant: Mapping[str, Any] = {
            "words": listened.words or label(heard.act),
            "topic": best.topic if best else None,
            "zone": listened.understood.zone if listened.understood else None,
            "confidence": best.confidence if best else None,
        }
        fresh = records.insert_new(
            tx,
            records.heard,
            key=heard.key,
            openid=heard.openid,
            at=at,
            kind=type(heard.act).__name__,
            state="done",
            **meant,
        )
        return fresh or (not rides and records.take_accepted(tx, heard.key, **meant))

    def _write(self, tx: Connection, heard: Heard, turn: Turn, outcome: Outcome, *, rides: bool) -> Taken:
        messages = [part for saying in outcome.sayings for part in self.fit(saying)]
        ids = [
            _insert_said(tx, heard, place, message, turn.at, "riding" if rides and place == 0 else "due")
            for place, message in enumerate(messages)
        ]
        if outcome.feedback:
            row = insert(records.feedback).values(
                openid=heard.openid, topic=outcome.feedback.topic, solved=outcome.feedback.solved, at=turn.at
            )
            tx.execute(row)
        if outcome.picture:
            screenshot_records.leave(tx, heard.key, heard.openid, outcome.picture, turn.at)
        records.update_citizen(
            tx,
            heard.openid,
            memory=replace(outcome.memory, at=turn.at).to_json(),
            last_at=turn.at,
            following=not isinstance(heard.act, Left),
            **_windows(heard, turn.at),
        )
        if outcome.by:
            records.note_answer(tx, heard.key, outcome.by, outcome.topic)
        _tell_the_desk(tx, heard, turn, outcome)
        ride = (ids[0], messages[0]) if messages and rides else None
        return Taken(ride, more=len(ids) > (1 if ride else 0), by=outcome.by)


def _note(tx: Connection, heard: Heard, notice: Notice, at: datetime) -> None:
    """What WeChat reports: of sessions with its own agents, and of a consent that is taken back."""
    if notice.event in consent.TAKEN_BACK:
        consent.taken_back(tx, heard.openid)
    elif notice.event in wechat_sessions.EVENTS:
        _citizen(tx, heard.openid, at)
        wechat_sessions.told(tx, heard.openid, notice.event, notice.detail, min(heard.at, at))


def _holder_now(tx: Connection, heard: Heard, holder: Holder) -> Holder:
    """Who holds the citizen; a message that reaches us ends a session with WeChat's agents."""
    if holder != "agent" or not isinstance(heard.act, MESSAGES):
        return holder
    return "bot" if wechat_sessions.is_over(tx, heard.openid, heard.at) else holder


def _same_again(tx: Connection, key: str) -> Taken:
    first = records.first_said(tx, key)
    if first is None or first.state not in ("riding", "carried"):
        return Taken(again=True)
    return Taken((first.id, wire.unpack(first.body)), again=True)


def _citizen(tx: Connection, openid: str, at: datetime) -> tuple[Any, bool]:
    row = records.locked_citizen(tx, openid)
    if row is not None:
        return row, False
    row = records.new_citizen(tx, openid, at)
    return (row, True) if row is not None else (records.locked_citizen(tx, openid), False)


def _insert_said(tx: Connection, heard: Heard, place: int, message: Saying, at: datetime, state: str) -> int:
    return records.insert_said(
        tx,
        openid=heard.openid,
        heard_key=heard.key,
        place=place,
        author="bot",
        body=wire.pack(message),
        state=state,
        at=at,
        not_before=at,
    )


def _tell_the_desk(tx: Connection, heard: Heard, turn: Turn, outcome: Outcome) -> None:
    """A call for a human, the end of one, or words that an agent has to see."""
    if outcome.hand_over and turn.holder == "bot":
        _call_a_human(tx, heard.openid, turn, outcome.hand_over)
    elif outcome.leaves_queue and turn.holder == "queue":
        listening.called_off(tx, heard.openid, turn.at)
    elif turn.holder != "bot":
        if outcome.hand_over:
            _make_urgent(tx, heard.openid, outcome.hand_over.reason)
        listening.heard(tx, heard.openid, turn.at, turn.words or label(heard.act))


def _make_urgent(tx: Connection, openid: str, reason: str) -> None:
    """Somebody who waits already is in distress, or complains: their case says so from now on."""
    case = cases.open_of(tx, openid) if reason in URGENT else None
    if case is not None and case.reason not in URGENT[: URGENT.index(reason) + 1]:
        cases.change(tx, case, reason=reason)


def _call_a_human(tx: Connection, openid: str, turn: Turn, wish: HandOver) -> None:
    """Leave the case that the desk comes to fetch, with what was tried so far."""
    memory = turn.memory
    listening.called(
        tx,
        openid,
        turn.at,
        reason=wish.reason,
        topic=wish.topic or memory.topic,
        summary={
            "words": turn.words,
            "tried": list(memory.tried),
            "guide": memory.guide,
            "step": memory.step,
            "slots": dict(memory.slots),
        },
        state=_where_to(turn),
    )


def _where_to(turn: Turn) -> Literal["waiting", "after_hours", "wechat_waiting"]:
    if turn.agents != "own":
        return "wechat_waiting"
    return "waiting" if turn.library.hours.is_open(turn.at) else "after_hours"


def _windows(heard: Heard, at: datetime) -> Mapping[str, Any]:
    """Which push window this push opened: 5 in 48 h after a message, 3 in a minute after a tap or scan."""
    opened = min(heard.at, at)
    match heard.act:
        case act if isinstance(act, MESSAGES):
            return {"window_at": opened, "window_used": 0}
        case Followed() | Scanned() | MenuTapped():
            return {"burst_at": opened, "burst_used": 0}
        case _:
            return {}
