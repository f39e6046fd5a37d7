"""One save: the next revision, with its line in the audit trail."""

from aiohttp import web
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from faq.editor import drafts, presence
from faq.editor.drafts import ChangedMeanwhile
from faq.editor.entries import Entry
from faq.editor.workroom import Workroom

LONGEST_NOTE = 500


async def write_revision(
    room: Workroom, request: web.Request, entry: Entry, seen: int, note: str, *, deleted: bool = False
) -> None:
    """Save an entry on top of revision `seen`.

    Raises:
        ChangedMeanwhile: somebody else was faster, be it in the same instant; nothing was written.
    """
    author, now = room.author(request), room.clock()
    before = (await room.live_entries()).get(entry.key)

    def work(tx: Connection) -> None:
        n = drafts.save(
            tx,
            entry,
            seen=seen,
            note=note[:LONGEST_NOTE],
            author=author,
            at=now,
            before=before,
            deleted=deleted,
        )
        presence.leave(tx, entry.key, author)
        if n != seen:
            act = "content.delete" if deleted else "content.save"
            room.note(tx, author.name, act, entry.key, reason=note[:200], detail={"revision": n})

    try:
        await room.store.write(work)
    except IntegrityError:
        newest = await room.store.read(lambda tx: drafts.newest(tx, entry.key))
        if newest is None:
            raise
        raise ChangedMeanwhile(None, newest) from None
