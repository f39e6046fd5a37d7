"""What each page shows besides its words: read anew every time, from where the citizen stands."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from verification import consents, matters, words
from verification.answers import Room
from verification.cases import Case
from verification.documents import DocumentKind
from verification.journey import Place
from verification.maps import Step
from verification.people import Identity
from verification.reviews import latest_review

View = Callable[[Room, Case, Place], Awaitable[dict[str, Any]]]


async def entry(room: Room, the_case: Case, place: Place) -> dict[str, Any]:
    """What was typed before, or was authorised an earlier time, stands in the fields."""
    facts = place.facts
    given = {key: facts.get(f"typed_{key}", "") for key in ("name", "kind", "number")}
    if "typed_kind" not in facts:
        version = room.rules.consent_version
        given |= await room.house.read(
            lambda tx: consents.authorised_person(tx, the_case.openid, version, room.house)
        )
    kinds = [(kind.value, words.document_name(kind)) for kind in DocumentKind]
    return {
        "given": given,
        "kinds": kinds,
        "is_authorised": "typed_kind" not in facts and bool(given["name"]),
    }


async def consent(room: Room, _case: Case, place: Place) -> dict[str, Any]:
    """Who processes the faces and how to reach them is told before anything else (办法, article 5)."""
    rules = room.rules
    told = {"version": rules.consent_version, "controller": rules.controller, "contact": rules.contact}
    return {**told, **_person(place)}


async def person(_room: Room, _case: Case, place: Place) -> dict[str, Any]:
    return _person(place)


async def code(_room: Room, _case: Case, place: Place) -> dict[str, Any]:
    phone = str(place.facts["phone"])
    shown = place.facts["code"] if place.facts.get("code_is_shown") else ""
    return {"phone": f"{phone[:3]}****{phone[-4:]}", "shown_code": shown}


async def face(room: Room, _case: Case, place: Place) -> dict[str, Any]:
    """What is switched off in the engine is said, never hidden."""
    health = room.engine()
    return {"is_again": place.name == "face_again", "checks_off": health.checks_off if health else ()}


async def face_confirm(_room: Room, _case: Case, place: Place) -> dict[str, Any]:
    return {"picture": place.facts["selfie"]}


async def todos(room: Room, _case: Case, place: Place) -> dict[str, Any]:
    who = _who(place)
    waiting = await room.house.read(lambda tx: matters.pending_of(tx, who, room.house))
    return {"matters": waiting, "last": place.facts.get("last", "")}


async def business(room: Room, the_case: Case, place: Place) -> dict[str, Any]:
    """The business, opened and noted, with the person it is about."""
    ref, reader = place.facts["matter"], f"case:{the_case.ref}"
    what = await room.house.write(lambda tx: matters.business_of(tx, ref, room.house, who=reader))
    return {"business": what, "why": place.facts.get("why", ""), **_person(place)}


async def finished(_room: Room, _case: Case, place: Place) -> dict[str, Any]:
    facts = place.facts
    return {"receipt": facts.get("receipt", ""), "last": facts.get("last", ""), **_person(place)}


async def review(room: Room, the_case: Case, _place: Place) -> dict[str, Any]:
    found = await room.house.read(lambda tx: latest_review(tx, the_case.id))
    return {"review": found}


VIEWS: Mapping[str, View] = {
    "entry": entry,
    "consent": consent,
    "agreement": person,
    "bankcard": person,
    "code": code,
    "face": face,
    "face_confirm": face_confirm,
    "todos": todos,
    "business": business,
    "business_wrong": business,
    "sign": business,
    "another": finished,
    "done": finished,
    "verified": finished,
    "review_sent": review,
    "rejected": review,
}


def tries_left(place: Place, step: Step | None) -> int | None:
    """Told from the second try on."""
    if step is None or step.tries is None or not place.used.get(step.name):
        return None
    return place.tries_left(step)


def _who(place: Place) -> Identity:
    return Identity(place.facts["kind"], place.facts["number"], place.facts["name"])


def _person(place: Place) -> dict[str, Any]:
    if "number" not in place.facts:
        return {"person": None}
    who = _who(place)
    shown = {
        "name": who.name,
        "masked_name": who.masked_name,
        "document": words.document_name(DocumentKind(who.kind)),
        "number": who.masked_number,
    }
    return {"person": shown}
