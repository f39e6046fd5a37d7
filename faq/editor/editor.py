"""The editor as a whole: its pages, its rehearsals, and the loop that releases what is due."""

from pathlib import Path

from aiohttp import web
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from faq.editor import candidates
from faq.editor.access_pages import AccessPages
from faq.editor.ahead import Ahead
from faq.editor.candidate_pages import CandidatePages
from faq.editor.candidates import Refused
from faq.editor.drafts import Author
from faq.editor.entry_pages import EntryPages
from faq.editor.figure_pages import FigurePages
from faq.editor.history_pages import HistoryPages
from faq.editor.inbox_pages import InboxPages
from faq.editor.list_pages import ListPages
from faq.editor.picture_pages import PicturePages
from faq.editor.regression_pages import RegressionPages
from faq.editor.release_pages import ReleasePages
from faq.editor.running import Rehearsals
from faq.editor.transfer_pages import TransferPages
from faq.editor.try_pages import TryPages
from faq.editor.workroom import Workroom

TEMPLATES = Path(__file__).parents[1] / "templates"
STATIC = Path(__file__).parents[1] / "static"


class Editor:
    """Mount `routes()`; let `release_due` and `ahead.learn_next` run every few seconds; `close` at night."""

    def __init__(self, room: Workroom) -> None:
        self._room = room
        self.rehearsals = Rehearsals(room)
        self.ahead = Ahead(room)
        self._transfer = TransferPages(room)

    def routes(self) -> list[web.AbstractRouteDef]:
        """Every page under /content."""
        pages = (
            ListPages(self._room),
            EntryPages(self._room),
            PicturePages(self._room),
            HistoryPages(self._room),
            CandidatePages(self._room, self.rehearsals),
            ReleasePages(self._room),
            RegressionPages(self._room),
            InboxPages(self._room),
            TryPages(self._room),
            FigurePages(self._room),
            self._transfer,
            AccessPages(self._room),
        )
        return [web.static("/content/static", STATIC), *(route for page in pages for route in page.routes())]

    async def release_due(self) -> int:
        """Release the approved candidates whose time has come; says how many went live."""
        now = self._room.clock()
        waiting = await self._room.store.read(lambda tx: candidates.due(tx, now))
        return sum([await self._release(id_) for id_ in waiting])

    async def _release(self, id_: int) -> bool:
        room, now = self._room, self._room.clock()

        def work(tx: Connection) -> None:
            found = candidates.candidate(tx, id_)
            candidates.release(tx, id_, Author(0, found.reviewer or found.by), now)
            room.note(
                tx, found.reviewer or found.by, "content.release", f"candidate:{id_}", reason="定时发布"
            )

        try:
            await room.store.write(work)
        except IntegrityError:  # another process released it
            return False
        except Refused as refused:
            why = refused.code
            await room.store.write(lambda tx: candidates.unschedule(tx, id_, why))
            return False
        room.went_live()
        return True

    async def close(self) -> None:
        """Let the rehearsals and dry runs at work end."""
        await self.rehearsals.finish()
        await self._transfer.finish()
