"""The other way than the face: a person looks at document and picture, or the citizen goes to a counter."""

from verification import evidence
from verification.answers import Answer, Asked, Room, refused
from verification.checks.face import first_picture
from verification.evidence import Kind, Piece
from verification.knocks import may_knock
from verification.reviews import latest_review, open_review

FIELDS = {"document": Kind.DOCUMENT, "selfie": Kind.SELFIE}


async def other_way(_room: Room, asked: Asked) -> Answer:
    """Manual review, once more from the start, or leave."""
    words = {"review", "start_again", "leave"}
    return Answer(asked.button) if asked.button in words else refused("unchosen", "form:way_unchosen")


async def review(room: Room, asked: Asked) -> Answer:
    """Photograph of the document and of oneself, uploaded: marked as such, looked at by an agent.

    A good picture is kept when something else is still to be mended: nobody has to take it twice.
    """
    if asked.button == "back":
        return Answer("back")
    faults, numbers, pieces = await _pictures(asked)
    keep = tuple((lambda tx, n=n, p=p: evidence.keep(tx, n, p, room.house)) for n, p in pieces.items())
    kept = {f"kept_{name}": number for name, number in numbers.items()}
    if asked.fields.get("agree") != "yes":
        faults.append("agree:review_unticked")
    if faults:
        return Answer("mistaken", tuple(faults), kept, keep)
    if not await _may_ask(room, asked):
        return Answer("too_many", ("form:reviews_too_many",), kept, keep)
    used_up = dict.fromkeys(kept, "")
    facts = {"proven": "review", "checks": ["review"], "portrait": "document", **used_up}
    ask = lambda tx: open_review(tx, asked.case, "chosen", list(numbers.values()), room.house)  # noqa: E731
    return Answer("sent", (), facts, (*keep, ask))


async def _pictures(asked: Asked) -> tuple[list[str], dict[str, str], dict[str, Piece]]:
    """What is wrong with the pictures, the number of each good one, and those that are new."""
    faults: list[str] = []
    numbers: dict[str, str] = {}
    pieces: dict[str, Piece] = {}
    for name, kind in FIELDS.items():
        picture, kept = await first_picture(asked, name), str(asked.facts.get(f"kept_{name}") or "")
        if isinstance(picture, bytes):
            numbers[name] = evidence.new_number()
            pieces[numbers[name]] = Piece(asked.case.id, kind, "image/jpeg", picture)
        elif kept and picture == "picture_missing":
            numbers[name] = kept
        else:
            faults.append(f"{name}:{picture}")
    return faults, numbers, pieces


async def review_sent(room: Room, asked: Asked) -> Answer:
    """Whether it was decided meanwhile."""
    found = await room.house.read(lambda tx: latest_review(tx, asked.case.id))
    return Answer((found.decision if found else None) or "waiting")


async def _may_ask(room: Room, asked: Asked) -> bool:
    now, limit, who = room.house.clock(), room.rules.reviews_per_day, asked.case.openid.encode()
    return await room.house.write(lambda tx: may_knock(tx, "review", who, limit, now))


WORDS = {
    other_way: {"review", "start_again", "leave", "unchosen"},
    review: {"sent", "mistaken", "too_many", "back"},
    review_sent: {"waiting", "accepted", "rejected"},
}
