"""What closed cases quote of their citizens: in the summary, among colleagues, and in the rating."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, func, select, update

from handlers.desk.records import desk_event, desk_note
from handlers.records import hand_over


def quoting() -> Select[tuple[int, str]]:
    """Number and openid of the closed cases that quote something; narrow it down by `where`."""
    quotes = (hand_over.c.summary != "{}") | (hand_over.c.preview != "") | (hand_over.c.rating_words != "")
    return select(hand_over.c.id, hand_over.c.openid).where(hand_over.c.closed_at.is_not(None), quotes)


def blank(tx: Connection, cases: Sequence[Row[tuple[int, str]]]) -> int:
    """Blank what these cases quote; the stars of a rating stay. Says how many cases."""
    ids, openids = [case.id for case in cases], [case.openid for case in cases]
    nothing = {"summary": "{}", "preview": "", "rating_words": ""}
    tx.execute(update(hand_over).where(hand_over.c.id.in_(ids)).values(nothing))

    def of_these(table: Table) -> ColumnElement[bool]:
        return table.c.openid.in_(openids) & table.c.case_id.in_(ids)

    tx.execute(update(desk_note).where(of_these(desk_note)).values(words=""))
    rated = of_these(desk_event) & (desk_event.c.kind == "rated")
    stars = func.substr(desk_event.c.reason, 1, len("5 分"))
    tx.execute(update(desk_event).where(rated).values(reason=stars))
    return len(ids)
