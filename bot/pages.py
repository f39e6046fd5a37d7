"""Renders pages: templates of all rooms with what every page needs (who is signed in, menu, form token)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.forms import Forms
from bot.rights import Right
from bot.sessions import Session

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"
WHO = web.RequestKey("session", Session)
BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A place in the menu, shown to those who hold the right."""

    title: str
    path: str
    right: Right | None = None


class Pages:
    """Everything that turns a template into a response."""

    def __init__(self, forms: Forms, *, folders: Sequence[Path] = (), menu: Sequence[MenuEntry] = ()) -> None:
        """`folders` are the template folders of rooms below; their pages extend staff/frame.html."""
        self._forms = forms
        self._menu = menu
        self._templates = Environment(
            loader=FileSystemLoader([TEMPLATES, *folders]), autoescape=True, undefined=StrictUndefined
        )
        self._templates.filters["beijing"] = beijing

    def render(
        self, request: web.Request, template: str, *, status: int = 200, **values: object
    ) -> web.Response:
        """The page; `csrf_field`, `csrf_token`, `staff`, `menu`, `place` and `here` need not be given."""
        session = request.get(WHO)
        staff = session.staff if session else None
        given = {
            "staff": staff,
            "menu": self.menu_for(session),
            "place": self.place_of(request.path, session),
            "here": request.path,
            "csrf_field": lambda: self._forms.field(request),
            "csrf_token": lambda: self._forms.token(request),
        }
        text = self._templates.get_template(template).render({**given, **values})
        return web.Response(text=text, status=status, content_type="text/html")

    def error(self, request: web.Request, status: int, request_id: str) -> web.Response:
        """The page for a refusal or a fault, in words for anybody."""
        return self.render(request, "error.html", status=status, code=status, request_id=request_id)

    def menu_for(self, session: Session | None) -> list[MenuEntry]:
        """The entries that this person may open."""
        if session is None:
            return []
        return [entry for entry in self._menu if entry.right is None or session.staff.may(entry.right)]

    def place_of(self, path: str, session: Session | None) -> MenuEntry | None:
        """The entry under which this page lies: /desk/board is the board, not the desk."""
        above = [entry for entry in self.menu_for(session) if f"{path}/".startswith(f"{entry.path}/")]
        return max(above, key=lambda entry: len(entry.path), default=None)


def beijing(moment: datetime, form: str = "%m-%d %H:%M") -> str:
    """A time as people here read it."""
    return moment.astimezone(BEIJING).strftime(form)
