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
    """Photograph of the document and of oneself, uploaded: marked as such, looked at by an agent."""
    if asked.button == "back":
        return Answer("back")
    pictures = {name: await first_picture(asked, name) for name in FIELDS}
    faults = [f"{name}:{picture}" for name, picture in pictures.items() if isinstance(picture, str)]
    if asked.fields.get("agree") != "yes":
        faults.append("agree:review_unticked")
    if faults:
        return refused("mistaken", *faults)
    if not await _may_ask(room, asked):
        return refused("too_many", "form:reviews_too_many")
    pieces = {
        evidence.new_number(): Piece(asked.case.id, FIELDS[name], "image/jpeg", picture)
        for name, picture in pictures.items()
        if isinstance(picture, bytes)
    }
    return Answer(
        "sent",
        (),
        {"proven": "review", "checks": ["review"], "portrait": "document"},
        (
            *((lambda tx, n=n, p=p: evidence.keep(tx, n, p, room.house)) for n, p in pieces.items()),
            lambda tx: open_review(tx, asked.case, "chosen", list(pieces), room.house),
        ),
    )


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
