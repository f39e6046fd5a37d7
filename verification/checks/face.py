"""The checks of the face: portrait, live capture, and the picture confirmed."""

from collections.abc import Awaitable, Callable
from functools import partial

from sqlalchemy import Connection

from verification import challenges, evidence, uploads
from verification.answers import Answer, Asked, Room, refused
from verification.engines.captures import Capture, Template
from verification.engines.challenge import Challenge, Frame
from verification.engines.outcomes import FaceOutcome, PoorPicture, Reason
from verification.engines.workers import EngineBusy, FaceWorkersError
from verification.evidence import Kind, Piece
from verification.knocks import may_knock, take_back
from verification.reviews import open_review

MOST_FRAMES = 12
STALE = {
    Reason.CHALLENGE_UNKNOWN,
    Reason.CHALLENGE_EXPIRED,
    Reason.CHALLENGE_USED,
    Reason.TOO_FEW_FRAMES,
    Reason.TOO_MANY_FRAMES,
    Reason.FRAMES_OUT_OF_ORDER,
}
"""What the network or a pause may cause: not the citizen's fault, so no try is charged."""

FAILED = {"poor", "challenge", "retry", "mismatch", "spoof", "no_template"}
"""The words for which a check counts towards the limit of a day; ours, and those that passed, do not."""


async def portrait_known(room: Room, asked: Asked) -> Answer:
    """Whether there is a face to compare with."""
    known = await room.portraits.portrait_of(asked.who) is not None
    return Answer("known", (), {"portrait": "enrolled"}) if known else Answer("unknown")


async def portrait(room: Room, asked: Asked) -> Answer:
    """The portrait on the photographed document: a weaker source, and the receipt says so."""
    if asked.button == "other":
        return Answer("other")
    picture = await first_picture(asked, "document")
    if isinstance(picture, str):
        return refused("unavailable", f"document:{picture}")
    return await _limited(room, asked, partial(_portrait_in, room, asked, picture))


async def _portrait_in(room: Room, asked: Asked, picture: bytes) -> Answer:
    try:
        read = await room.face.enrol(picture, "document")
    except FaceWorkersError as fault:
        return refused("unavailable", _busy(fault))
    if isinstance(read, PoorPicture):
        return refused("poor", *(f"document:{reason}" for reason in read.reasons))
    piece = Piece(asked.case.id, Kind.PORTRAIT, "application/octet-stream", read.vector)
    number = evidence.new_number()
    facts = {"portrait": "document", "portrait_id": number, "portrait_model": read.model}
    return Answer("taken", (), facts, (lambda tx: evidence.keep(tx, number, piece, room.house),))


async def face(room: Room, asked: Asked) -> Answer:
    """Is this the person of the document, live, now? The distance never leaves this server."""
    if asked.button == "other":
        return Answer("other")
    capture = await _capture(room, asked)
    if isinstance(capture, str):
        return refused("stale", f"face:{capture}")
    return await _limited(room, asked, partial(_compared, room, asked, capture))


async def _compared(room: Room, asked: Asked, capture: Capture) -> Answer:
    now, case_id = room.house.clock(), asked.case.id
    challenge: Challenge | None = None
    if capture.source == "camera":
        challenge = await room.house.write(lambda tx: challenges.use(tx, case_id, capture.nonce, now))
        if challenge is None:
            return refused("stale", f"face:{Reason.CHALLENGE_UNKNOWN}")
    try:
        outcome = await room.face.check(capture, await _template(room, asked), challenge)
    except FaceWorkersError as fault:
        return refused("unavailable", _busy(fault))
    return _told(room, asked, capture, outcome)


def _told(room: Room, asked: Asked, capture: Capture, outcome: FaceOutcome) -> Answer:
    reasons = tuple(f"face:{reason}" for reason in outcome.reasons)
    if outcome.word == "challenge" and set(outcome.reasons) <= STALE:
        return refused("stale", *reasons)
    if outcome.word != "match" or outcome.best_frame is None:
        return refused(outcome.word, *reasons)
    number = evidence.new_number()
    picture = capture.frames[outcome.best_frame].picture
    piece = Piece(asked.case.id, Kind.SELFIE, "image/jpeg", picture)
    facts = {"selfie": number, "proven": "face", "checks": sorted(outcome.checks_done)}
    keep = lambda tx: evidence.keep(tx, number, piece, room.house)  # noqa: E731
    if not outcome.needs_review:
        return Answer("match", (), facts, (keep,))
    ask = lambda tx: open_review(tx, asked.case, "no_camera", [number], room.house)  # noqa: E731
    return Answer("unwatched", (), {**facts, "proven": "review"}, (keep, ask))


async def face_confirm(_room: Room, asked: Asked) -> Answer:
    """The citizen looks at the captured picture."""
    return Answer("mine" if asked.button == "mine" else "not_mine")


async def how_proven(_room: Room, asked: Asked) -> Answer:
    """Who proved themselves by manual review is not asked for their face now."""
    return Answer("review" if asked.facts.get("proven") == "review" else "face")


async def _limited(room: Room, asked: Asked, check: Callable[[], Awaitable[Answer]]) -> Answer:
    """The answer of a check that may fail only so often a day, for this openid and for this document number.

    Counted before, so that many at once are many; and taken back when the citizen did not fail.
    """
    now, limit, house = room.house.clock(), room.rules.face_per_day, room.house
    keys = [("face openid", asked.case.openid.encode()), ("face number", asked.who.number_index(house))]
    counted = await house.write(
        lambda tx: [each for each in keys if may_knock(tx, *each, limit=limit, now=now)]
    )

    def give_back(tx: Connection) -> None:
        for kind, key in counted:
            take_back(tx, kind, key)

    is_charged = False
    try:
        if counted != keys:
            return refused("too_many", "form:face_too_many")
        answer = await check()
        is_charged = answer.word in FAILED
        return answer
    finally:
        if not is_charged:
            await house.write(give_back)


async def first_picture(asked: Asked, name: str) -> bytes | str:
    """The uploaded picture of this field as a clean JPEG, or the key of what is wrong with it."""
    picture = next((each for each in asked.files.get(name, ()) if each), b"")
    return await uploads.cleaned(picture) if picture else "picture_missing"


async def _capture(room: Room, asked: Asked) -> Capture | str:
    now = room.house.clock()
    frames = [each for each in asked.files.get("frame", ()) if each]
    if frames:
        times = asked.fields.get("times", "").split()
        if len(times) != len(frames) or len(frames) > MOST_FRAMES or not all(t.isdecimal() for t in times):
            return Reason.FRAMES_OUT_OF_ORDER
        pairs = tuple(Frame(frame, int(time)) for frame, time in zip(frames, times, strict=True))
        return Capture(pairs, "camera", now, asked.fields.get("nonce", "")[:200])
    picture = await first_picture(asked, "selfie")
    return picture if isinstance(picture, str) else Capture((Frame(picture, 0),), "file", now)


async def _template(room: Room, asked: Asked) -> Template | None:
    """The face to compare with: enrolled, or taken from the document in this very case."""
    if asked.facts.get("portrait") != "document":
        return await room.portraits.portrait_of(asked.who)
    number = str(asked.facts["portrait_id"])
    look = lambda tx: evidence.look_at(tx, number, room.house, who="verification", why="face check")  # noqa: E731
    piece = await room.house.write(look)
    return Template(piece.content, asked.facts["portrait_model"]) if piece else None


def _busy(fault: FaceWorkersError) -> str:
    return "form:engine_busy" if isinstance(fault, EngineBusy) else "form:engine_unavailable"


WORDS = {
    portrait_known: {"known", "unknown"},
    portrait: {"taken", "poor", "too_many", "unavailable", "other"},
    face: {
        *("match", "unwatched", "poor", "challenge", "retry", "mismatch", "spoof"),
        *("no_template", "stale", "too_many", "unavailable", "other"),
    },
    face_confirm: {"mine", "not_mine"},
    how_proven: {"face", "review"},
}
