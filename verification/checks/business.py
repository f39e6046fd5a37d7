"""The checks of the to-dos: chosen, looked at, confirmed or found wrong, signed."""

import base64
import binascii
import json

from verification import evidence, matters, receipts
from verification.answers import BEIJING, Answer, Asked, Room, refused
from verification.evidence import Kind, Piece
from verification.matters import Matter

LONGEST_REASON = 200
MOST_SIGNATURE_BYTES = 400_000
PNG = b"\x89PNG\r\n\x1a\n"
FEWEST_POINTS = 8
"""A tap or a dot is no signature."""


async def todos(room: Room, asked: Asked) -> Answer:
    """The to-do that was chosen; it must be the citizen's own and still wait."""
    if asked.button == "finish":
        return Answer("finished")
    ref = asked.fields.get("matter", "")
    if not ref:
        return refused("unchosen", "matter:matter_unchosen")
    if await _pending(room, asked, ref) is None:
        return refused("gone", "matter:matter_gone")
    return Answer("chosen", (), {"matter": ref})


async def business(room: Room, asked: Asked) -> Answer:
    """【确认】, or 【业务信息有误】."""
    match asked.button:
        case "back":
            return Answer("back")
        case "wrong":
            return Answer("wrong")
    if await _pending(room, asked, asked.facts["matter"]) is None:
        return refused("gone", "matter:matter_gone")
    return Answer("confirmed")


async def business_wrong(room: Room, asked: Asked) -> Answer:
    """What is wrong with it; the registration system hears these words."""
    if asked.button == "back":
        return Answer("back")
    why = "".join(c for c in asked.fields.get("why", "") if c.isprintable() or c in "\r\n").strip()
    if not why:
        return refused("mistaken", "why:why_empty")
    if len(why) > LONGEST_REASON:
        return refused("mistaken", "why:why_too_long", why=why[:LONGEST_REASON])
    ref = asked.facts["matter"]
    if await _pending(room, asked, ref) is None:
        return refused("gone", "matter:matter_gone")
    facts = {"last": "refused", "why": ""}
    return Answer("refused", (), facts, (lambda tx: matters.refuse(tx, ref, why, room.house),))


async def sign(room: Room, asked: Asked) -> Answer:
    """The handwritten signature, as vector and picture; with it the business is confirmed."""
    if asked.button == "wrong":
        return Answer("wrong")
    picture, strokes = _signature(asked.fields.get("picture", "")), asked.fields.get("strokes", "")
    if picture is None or not _is_drawn(strokes):
        return refused("unsigned", "signature:signature_missing")
    one = await _pending(room, asked, asked.facts["matter"])
    if one is None:
        return refused("gone", "matter:matter_gone")
    receipt = _receipt(room, asked, one)
    pieces = (
        (evidence.new_number(), Piece(asked.case.id, Kind.SIGNATURE, "image/png", picture)),
        (evidence.new_number(), Piece(asked.case.id, Kind.STROKES, "application/json", strokes.encode())),
    )
    return Answer(
        "signed",
        (),
        {"last": "signed", "receipt": receipt.code, "signature": pieces[0][0]},
        (
            *((lambda tx, n=n, p=p: evidence.keep(tx, n, p, room.house)) for n, p in pieces),
            lambda tx: matters.confirm(tx, one.ref, receipt.code, room.house),
            lambda tx: receipts.store(tx, asked.case.id, one.id, receipt, room.signer, room.house),
        ),
    )


async def more_todos(room: Room, asked: Asked) -> Answer:
    """Whether something else waits for this person."""
    waiting = await room.house.read(lambda tx: matters.pending_of(tx, asked.who, room.house))
    return Answer("more" if waiting else _how_it_ended(asked))


async def another(_room: Room, asked: Asked) -> Answer:
    """Go on with the next to-do, or stop here."""
    return Answer(_how_it_ended(asked) if asked.button == "finish" else "go_on")


def _how_it_ended(asked: Asked) -> str:
    """Whoever signed something has a receipt; whoever only found something wrong hears what becomes of it."""
    return "finished" if asked.facts.get("receipt") else "returned"


async def _pending(room: Room, asked: Asked, ref: str) -> Matter | None:
    waiting = await room.house.read(lambda tx: matters.pending_of(tx, asked.who, room.house))
    return next((one for one in waiting if one.ref == ref), None)


def _receipt(room: Room, asked: Asked, one: Matter) -> receipts.Receipt:
    who = asked.who
    return receipts.Receipt(
        code=evidence.new_number(),
        name=who.masked_name,
        document=f"{who.kind} {who.masked_number}",
        title=one.title,
        client=one.client,
        proven_by=str(asked.facts.get("proven", "")),
        checks=(
            *(("bank_card",) if asked.facts.get("has_bank_card") else ()),
            *asked.facts.get("checks", ()),
        ),
        portrait=str(asked.facts.get("portrait", "")),
        at=room.house.clock().astimezone(BEIJING).isoformat(timespec="seconds"),
        is_sandbox=room.is_sandbox,
    )


def _signature(data_url: str) -> bytes | None:
    """The PNG of a data URL, if it is one and not too large."""
    head, _, body = data_url.partition(",")
    if head != "data:image/png;base64" or len(body) > MOST_SIGNATURE_BYTES:
        return None
    try:
        picture = base64.b64decode(body, validate=True)
    except binascii.Error:
        return None
    return picture if picture.startswith(PNG) else None


def _is_drawn(strokes: str) -> bool:
    if len(strokes) > MOST_SIGNATURE_BYTES:
        return False
    try:
        drawn = json.loads(strokes)
        return sum(len(stroke["points"]) for stroke in drawn) >= FEWEST_POINTS
    except (ValueError, TypeError, KeyError):
        return False


WORDS = {
    todos: {"chosen", "unchosen", "gone", "finished"},
    business: {"confirmed", "wrong", "back", "gone"},
    business_wrong: {"refused", "mistaken", "back", "gone"},
    sign: {"signed", "unsigned", "wrong", "gone"},
    more_todos: {"more", "finished", "returned"},
    another: {"go_on", "finished", "returned"},
}
