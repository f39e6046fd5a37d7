"""The checks before anything is proven: who it is about, consent, notices, agreement."""

from collections.abc import Mapping

from verification import consents, words
from verification.answers import Answer, Asked, Room, refused
from verification.cases import name_person
from verification.documents import Document, DocumentKind, Refusal, read_number
from verification.knocks import Limit, may_knock
from verification.names import read_name
from verification.people import Identity
from verification.ports import Unavailable

NOTHING_PROVEN: Mapping[str, object] = {
    "has_bank_card": False,
    "proven": "",
    "checks": [],
    "portrait": "",
    "selfie": "",
    "kept_document": "",
    "kept_selfie": "",
    "receipt": "",
    "last": "",
}
"""Whoever begins again, perhaps with another document, begins with nothing of what was shown before."""


async def entry(room: Room, asked: Asked) -> Answer:
    """Read name, kind and number; ask the registry whether they belong together."""
    typed = {key: asked.fields.get(key, "")[:100] for key in ("name", "kind", "number")}
    draft = {f"typed_{key}": value for key, value in typed.items()}
    if typed["kind"] not in set(DocumentKind):
        return refused("mistaken", "kind:kind_unknown", **draft)
    kind = DocumentKind(typed["kind"])
    name, number = read_name(kind, typed["name"]), read_number(kind, typed["number"], room.today())
    faults = [] if isinstance(number, Document) else [f"number:{number}"]
    if isinstance(name, Refusal):
        faults.insert(0, f"name:{name}")
    if faults or not isinstance(number, Document):
        return refused("mistaken", *faults, **draft)
    return await _known(room, asked, Identity(kind.value, number.number, name), draft)


async def _known(room: Room, asked: Asked, who: Identity, draft: dict[str, str]) -> Answer:
    """The pair as a whole: which half of it is wrong is not told to a stranger."""
    if not await _within_limits(room, asked, who):
        return refused("too_many", "form:too_many", **draft)
    try:
        if not await room.registry.knows(who):
            return refused("not_found", "form:pair_not_found", **draft)
    except Unavailable:
        return refused("not_found", "form:registry_unavailable", **draft)
    masked = f"{who.masked_name}（{words.document_name(DocumentKind(who.kind))}，{who.masked_number}）"
    facts = {**draft, **NOTHING_PROVEN, "kind": who.kind, "number": who.number, "name": who.name}
    index = who.number_index(room.house)
    return Answer("accepted", (), facts, (lambda tx: name_person(tx, asked.case.id, masked, index),))


async def _within_limits(room: Room, asked: Asked, who: Identity) -> bool:
    now, rules = room.house.clock(), room.rules
    knocks: list[tuple[str, bytes, Limit]] = [
        ("entry openid", asked.case.openid.encode(), rules.per_openid),
        ("entry number", who.number_index(room.house), rules.per_number),
        ("entry address", room.house.index(asked.address, "address"), rules.per_address),
    ]
    # All of them count, also when the first already refuses.
    counted = await room.house.write(
        lambda tx: [may_knock(tx, kind, key, limit, now) for kind, key, limit in knocks]
    )
    return all(counted)


async def consent_known(room: Room, asked: Asked) -> Answer:
    """Whether this citizen agreed to this version of the text, about this person, and never took it back."""
    person = await room.house.read(
        lambda tx: consents.authorised_person(tx, asked.case.openid, room.rules.consent_version, room.house)
    )
    return Answer("known" if person.get("number") == asked.who.number else "first_time")


async def consent(room: Room, asked: Asked) -> Answer:
    """Separate consent to face processing, recorded with version and time."""
    if asked.button == "decline":
        return Answer("declined")
    if asked.fields.get("agree") != "yes":
        return refused("unticked", "agree:consent_unticked")
    who, version = asked.who, room.rules.consent_version
    person = {"name": who.name, "kind": who.kind, "number": who.number}
    return Answer(
        "agreed", effects=(lambda tx: consents.give(tx, asked.case.openid, version, person, room.house),)
    )


async def notices(_room: Room, asked: Asked) -> Answer:
    """The notices, read and ticked."""
    if asked.button == "back":
        return Answer("back")
    has_read = asked.fields.get("read") == "yes"
    return Answer("has_read") if has_read else refused("unticked", "read:notices_unticked")


async def agreement(_room: Room, asked: Asked) -> Answer:
    """【同意协议并认证】 or 【暂不认证】."""
    return Answer("agreed" if asked.button == "agree" else "not_now")


async def document_kind(_room: Room, asked: Asked) -> Answer:
    """Residents prove their bank card besides (question 6 of the guide)."""
    is_resident = asked.who.kind == DocumentKind.RESIDENT_ID
    return Answer("resident" if is_resident else "other")


WORDS = {
    entry: {"accepted", "mistaken", "not_found", "too_many"},
    consent_known: {"known", "first_time"},
    consent: {"agreed", "declined", "unticked"},
    notices: {"has_read", "unticked", "back"},
    agreement: {"agreed", "not_now"},
    document_kind: {"resident", "other"},
}
