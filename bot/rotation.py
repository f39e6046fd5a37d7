"""Seals everything anew by the newest secret, bundle by bundle, while the house goes on serving.

`SEALED` lists every sealed column there is; a column that is missing here is lost when a secret is dropped.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Column, Connection, Table, func, select, tuple_, update

from bot.audit import Audit
from bot.records import staff
from bot.sealer import Sealer, SealError, place
from bot.store import Store
from handlers.originals import original
from handlers.records import heard
from verification.records import consent, event, evidence, matter, person, receipt

PICTURES_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column of sealed values, and the unique columns that name a row in its place."""

    table: Table
    column: str
    named_by: tuple[str, ...]
    at_once: int = 200

    @property
    def name(self) -> str:
        return f"{self.table.name}.{self.column}"

    @property
    def value(self) -> Column[Any]:
        return self.table.c[self.column]

    @property
    def names(self) -> list[Column[Any]]:
        return [self.table.c[each] for each in self.named_by]

    def place_of(self, row: Sequence[object]) -> str:
        """Where the value of the row with these names belongs."""
        return place(self.table.name, self.column, ".".join(str(each) for each in row))


SEALED: tuple[Sealed, ...] = (
    Sealed(staff, "totp_sealed", ("id",)),
    Sealed(heard, "sealed", ("key",)),
    Sealed(original, "sealed", ("key",)),
    Sealed(person, "name_sealed", ("id",)),
    Sealed(person, "template_sealed", ("id",)),
    Sealed(consent, "person_sealed", ("id",)),
    Sealed(event, "facts_sealed", ("case_id", "number")),
    Sealed(evidence, "sealed", ("id",), PICTURES_AT_ONCE),
    Sealed(matter, "details_sealed", ("ref",)),
    Sealed(receipt, "token_sealed", ("code",)),
)


@dataclass(slots=True)
class Tally:
    """What became of one column. `overtaken` rows were written by somebody else meanwhile, and left so."""

    renewed: int = 0
    already_new: int = 0
    overtaken: int = 0
    unopened: int = 0


@dataclass(frozen=True, slots=True)
class Renewed:
    """One value before and after; `row` are its names."""

    row: tuple[Any, ...]
    before: bytes
    after: bytes


async def rotate(
    store: Store, sealer: Sealer, audit: Audit, told: Callable[[int], object]
) -> dict[str, Tally]:
    """Seal all of it anew, note the counts once, and give them by column; `told` hears of every bundle."""
    tallies = {one.name: await _rotate_column(store, sealer, one, told) for one in SEALED}
    detail = {name: _counts(tally) for name, tally in tallies.items() if _counts(tally)}
    await store.write(lambda tx: audit.note(tx, "command", "keys rotated", "keys", detail=detail))
    return tallies


def how_many(tx: Connection) -> int:
    """All sealed values there are."""
    return sum(tx.execute(select(func.count(one.value))).scalar_one() for one in SEALED)


async def _rotate_column(store: Store, sealer: Sealer, one: Sealed, told: Callable[[int], object]) -> Tally:
    tally = Tally()
    after: tuple[Any, ...] = ()
    while bundle := await store.read(partial(_bundle, one=one, after=after)):
        renewed = _sealed_anew(bundle, sealer, one, tally)
        if renewed:
            done = await store.write(partial(_keep, one=one, renewed=renewed))
            tally.renewed += done
            tally.overtaken += len(renewed) - done
        told(len(bundle))
        after = bundle[-1][:-1]
    return tally


def _bundle(tx: Connection, one: Sealed, after: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """The next rows: their names, and the value last."""
    asked = select(*one.names, one.value).where(one.value.is_not(None))
    if after:
        asked = asked.where(tuple_(*one.names) > after)
    return [tuple(row) for row in tx.execute(asked.order_by(*one.names).limit(one.at_once))]


def _sealed_anew(rows: Sequence[tuple[Any, ...]], sealer: Sealer, one: Sealed, tally: Tally) -> list[Renewed]:
    renewed = []
    for *names, before in rows:
        try:
            after = sealer.rotate(before, one.place_of(names))
        except SealError:
            tally.unopened += 1
            continue
        if after is None:
            tally.already_new += 1
        else:
            renewed.append(Renewed(tuple(names), before, after))
    return renewed


def _keep(tx: Connection, one: Sealed, renewed: Sequence[Renewed]) -> int:
    """Put the new values where the old ones still stand; how many did."""
    kept = 0
    for each in renewed:
        this = (column == name for column, name in zip(one.names, each.row, strict=True))
        unchanged = update(one.table).where(*this, one.value == each.before)
        kept += tx.execute(unchanged.values({one.column: each.after})).rowcount
    return kept


def _counts(tally: Tally) -> dict[str, int]:
    return {name: count for name in Tally.__slots__ if (count := getattr(tally, name))}
