"""A citizen takes their consent back (WeChat's privacy settings): what they wrote is forgotten now."""

from sqlalchemy import Connection, delete, update

from handlers.desk import quotes
from handlers.originals import original
from handlers.records import hand_over, heard, update_citizen

TAKEN_BACK = frozenset({"user_authorization_revoke", "user_authorization_cancellation"})
"""Events that oblige whoever keeps a citizen's data to delete them."""


def taken_back(tx: Connection, openid: str) -> None:
    """Blank the citizen's words, delete what was covered of them, forget what their closed cases quote.

    An open case keeps its summary: an agent is at work on it, and it goes with the others in its time.
    """
    tx.execute(update(heard).where(heard.c.openid == openid, heard.c.words != "").values(words=""))
    tx.execute(delete(original).where(original.c.openid == openid))
    quotes.blank(tx, tx.execute(quotes.quoting().where(hand_over.c.openid == openid)).all())
    update_citizen(tx, openid, memory="{}")
