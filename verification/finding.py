"""Finding citizens by the number of their document, for colleagues who hold the right; nothing is opened."""

from sqlalchemy import Connection

from verification.answers import BEIJING
from verification.cases import openids_about
from verification.documents import Document, DocumentKind, read_number
from verification.people import number_index_of
from verification.provided import Provided


def openids_of(tx: Connection, typed: str, house: Provided) -> list[str]:
    """The citizens whose cases are about the document with this number, of whichever kind it can be."""
    today = house.clock().astimezone(BEIJING).date()
    read = [read_number(kind, typed, today) for kind in DocumentKind]
    indexes = [
        number_index_of(kind.value, document.number, house)
        for kind, document in zip(DocumentKind, read, strict=True)
        if isinstance(document, Document)
    ]
    return openids_about(tx, indexes)
