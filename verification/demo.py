"""The people and to-dos of the demonstration, put there once and renewed when they have run out."""

import hashlib
import json
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection

from verification import matters, people
from verification.matters import Business, Order
from verification.people import Identity
from verification.provided import Provided

FILE = Path(__file__).with_name("demo.yml")
CLIENT = "demo"


def seed(tx: Connection, house: Provided) -> None:
    """Enrol the demo people who are not there yet, and give them their to-dos of this week."""
    read = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    known = {one["name"]: Identity(one["kind"], one["number"], one["name"]) for one in read["people"]}
    for one in read["people"]:
        who = known[one["name"]]
        if people.find(tx, who.kind, who.number_index(house)) is None:
            more = {"card": one.get("card", ""), "phone": one.get("phone", "")}
            people.enrol(tx, who, None, house, **more, is_demo=True)
    for one in read["matters"]:
        matters.receive(tx, _order(one, known[one["who"]], house), house)


def _order(one: dict[str, Any], who: Identity, house: Provided) -> Order:
    lines = tuple((line["label"], line["value"]) for line in one["lines"])
    digest = hashlib.sha256(json.dumps(lines, ensure_ascii=False).encode()).hexdigest()
    week = house.clock().strftime("%G-%V")
    key = hashlib.sha256(f"{week} {who.name} {one['title']}".encode()).hexdigest()[:32]
    return Order(CLIENT, key, digest, who, Business(one["title"], lines))
