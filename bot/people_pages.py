"""The operator's page about the staff: who works here, new people, roles, lost passwords and phones."""

from collections.abc import Callable
from datetime import datetime

from aiohttp import web
from sqlalchemy import Connection

from bot import staff
from bot.audit import Audit
from bot.door import Door
from bot.pages import WHO, Pages
from bot.passwords import Passwords
from bot.rights import Right, Role
from bot.staff import StaffRefusal
from bot.staff_changes import StaffChanges, new_password
from bot.store import Store


class PeoplePages:
    """Everything under /staff/people; each change asks for a password given in the last ten minutes."""

    def __init__(
        self,
        store: Store,
        passwords: Passwords,
        audit: Audit,
        *,
        door: Door,
        pages: Pages,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._audit = audit
        self._door = door
        self._pages = pages
        self._clock = clock

    def add_to(self, app: web.Application) -> None:
        """Lay the routes."""
        see = self._door.require(Right.MANAGE_STAFF)
        change = self._door.require(Right.MANAGE_STAFF, fresh=True)
        number = r"{staff_id:\d{1,9}}"
        app.add_routes(
            [
                web.get("/staff/people", see(self.show)),
                web.post("/staff/people", change(self.add)),
                web.post(f"/staff/people/{number}/role", change(self.change_role)),
                web.post(f"/staff/people/{number}/disable", change(self.disable)),
                web.post(f"/staff/people/{number}/enable", change(self.enable)),
                web.post(f"/staff/people/{number}/password", change(self.reset_password)),
                web.post(f"/staff/people/{number}/code", change(self.forget_code)),
            ]
        )

    async def show(self, request: web.Request) -> web.Response:
        """GET /staff/people"""
        return await self._page(request)

    async def add(self, request: web.Request) -> web.Response:
        """POST /staff/people: the first password is shown once, on this answer."""
        form, password = await request.post(), new_password()
        name, role = str(form.get("name", "")), _role(str(form.get("role", "")))
        hashed, changes = await self._passwords.hash(password), self._changes(request)
        return await self._changed(
            request, lambda tx: changes.add(tx, name, role, hashed).name, password=password
        )

    async def change_role(self, request: web.Request) -> web.Response:
        """POST …/role"""
        role = _role(str((await request.post()).get("role", "")))
        changes, staff_id = self._changes(request), _staff_id(request)
        return await self._changed(request, lambda tx: changes.change_role(tx, staff_id, role))

    async def disable(self, request: web.Request) -> web.Response:
        """POST …/disable"""
        changes, staff_id = self._changes(request), _staff_id(request)
        return await self._changed(request, lambda tx: changes.disable(tx, staff_id))

    async def enable(self, request: web.Request) -> web.Response:
        """POST …/enable"""
        changes, staff_id = self._changes(request), _staff_id(request)
        return await self._changed(request, lambda tx: changes.enable(tx, staff_id))

    async def reset_password(self, request: web.Request) -> web.Response:
        """POST …/password: the new one is shown once, on this answer."""
        password = new_password()
        changes, staff_id = self._changes(request), _staff_id(request)
        hashed = await self._passwords.hash(password)
        return await self._changed(
            request, lambda tx: changes.reset_password(tx, staff_id, hashed).name, password=password
        )

    async def forget_code(self, request: web.Request) -> web.Response:
        """POST …/code"""
        changes, staff_id = self._changes(request), _staff_id(request)
        return await self._changed(request, lambda tx: changes.forget_code(tx, staff_id))

    async def _changed(
        self, request: web.Request, work: Callable[[Connection], str | None], *, password: str = ""
    ) -> web.Response:
        try:
            name = await self._store.write(work)
        except StaffRefusal as refused:
            return await self._page(request, refusal=type(refused).__name__, status=422)
        if password:
            return await self._page(request, newcomer=name or "", password=password)
        raise web.HTTPSeeOther("/staff/people")

    async def _page(
        self,
        request: web.Request,
        *,
        refusal: str = "",
        newcomer: str = "",
        password: str = "",
        status: int = 200,
    ) -> web.Response:
        return self._pages.render(
            request,
            "staff/people.html",
            status=status,
            people=await self._store.read(staff.everybody),
            roles=list(Role),
            refusal=refusal,
            newcomer=newcomer,
            password=password,
        )

    def _changes(self, request: web.Request) -> StaffChanges:
        return StaffChanges(self._audit, request[WHO].staff.name, self._clock())


def _role(word: str) -> Role:
    try:
        return Role(word)
    except ValueError:
        raise web.HTTPBadRequest from None


def _staff_id(request: web.Request) -> int:
    return int(request.match_info["staff_id"])
