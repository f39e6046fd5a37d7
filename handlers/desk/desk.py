"""The agents' desk as a room: its addresses, its rounds, its streams. Built once by the floor plan."""

from datetime import datetime
from pathlib import Path

from aiohttp import web
from sqlalchemy import Connection

from handlers.desk import speaking
from handlers.desk.actions import Actions
from handlers.desk.calendar import Calendar
from handlers.desk.cases import Case
from handlers.desk.exporting import Export
from handlers.desk.office import Office
from handlers.desk.own import Own
from handlers.desk.pictures import Pictures
from handlers.desk.ports import Ports
from handlers.desk.ratings import Ratings
from handlers.desk.revealing import Revealing
from handlers.desk.reviews import Reviews
from handlers.desk.rounds import Rounds, position
from handlers.desk.serving import ANSWER
from handlers.desk.stream import Stream
from handlers.desk.views import Views
from handlers.messages import Text
from handlers.records import locked_citizen

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"


class Desk:
    """Hand `routes()` to the application, `rounds` and `publish_new` to the loops."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._stream = Stream(ports)
        self._views = Views(ports)
        self._actions = Actions(ports, self._stream)
        self._own = Own(ports)
        self._office = Office(ports)
        self._ratings = Ratings(ports)
        self.rounds = Rounds(
            ports.store,
            ports.settings,
            clock=ports.clock,
            is_open=lambda at: ports.live().library.hours.is_open(at),
            apologise=self._back_in_the_queue,
            moved=ports.wake,
        )

    def routes(self) -> list[web.AbstractRouteDef]:
        """Everything under /desk, and its scripts and styles under /static/desk."""
        watching = self._ports.require(ANSWER, active=False)
        return [
            web.static("/static/desk", STATIC),
            *self._views.routes(),
            *self._actions.routes(),
            *Revealing(self._ports).routes(),
            *Pictures(self._ports, self._stream).routes(),
            *self._own.routes(),
            *self._office.routes(),
            *Calendar(self._ports).routes(),
            *Export(self._ports).routes(),
            *self._ratings.routes(),
            *(Reviews(self._ports, self._ports.proofs).routes() if self._ports.proofs else ()),
            web.get("/desk/stream", watching(self._stream.serve)),
        ]

    async def publish_new(self) -> int:
        """Tell the open screens what is new; several times a second, and at once after one's own act."""
        return await self._stream.publish_new()

    async def hang_up(self, app: web.Application) -> None:
        """For the application's on_shutdown: streams end first, so that nothing waits for them."""
        await self._stream.hang_up(app)

    def _back_in_the_queue(self, tx: Connection, case: Case, now: datetime) -> None:
        """Tell a citizen whose agent went away that they are looked after, if a message can be spared."""
        person = locked_citizen(tx, case.openid)
        words = self._ports.live().library.reply("human_already", position=max(1, position(tx, case)))
        speaking.say(tx, person, self._ports.fit(Text(words)), now, keep=1)
