"""Releases on real processes: an editor's change made ready, confirmed over HTTP, and heard by a citizen."""

import asyncio
import dataclasses
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import ClientError, ClientSession, ClientTimeout, CookieJar
from sqlalchemy import Connection

from bench.pushes import Account
from bot import sessions, staff
from bot.rights import Role
from faq.editor import candidates, drafts
from faq.editor.drafts import Author
from faq.editor.entries import apart
from faq.editor.report import Report

TOPIC = "verify_items"
QUESTION = "身份核验都要核验哪些信息"
WRITER, REVIEWER = Author(10_001, "小文"), Author(10_002, "审核员")
ASK_EVERY_S = 0.03

_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


def hire(tx: Connection) -> str:
    """A reviewer who is signed in already: the token of their session."""
    now = datetime.now(UTC)
    person = staff.add(tx, f"审核员{secrets.token_hex(3)}", Role.REVIEWER, "no password", now)
    return sessions.open_session(tx, person.id, now, browser="", address="")


def approved(tx: Connection, answer: str, question: str = "") -> int:
    """A candidate that changes one answer (and adds a way of asking), rehearsed and approved; its number."""
    now, (number, live) = datetime.now(UTC), drafts.live_content(tx)
    entry = apart(live)[f"topic:{TOPIC}"]
    body = {**entry.data, "answers": [{"text": answer}]}
    body["questions"] = [*body["questions"], question] if question else body["questions"]
    words = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    last = drafts.newest(tx, entry.key)
    drafts.save(
        tx,
        dataclasses.replace(entry, body=words),
        seen=last.n if last else 0,
        note="",
        author=WRITER,
        at=now,
        before=entry,
    )
    chosen = drafts.changes(tx, live)
    id_, frozen = candidates.gather(tx, chosen, (number, live), note="改一处", author=WRITER, at=now)
    candidates.keep_report(tx, id_, _clean(frozen.fingerprint(), number))
    candidates.submit(tx, id_, note="")
    candidates.review(tx, id_, REVIEWER, approves=True, note="", at=now)
    return id_


def _clean(fingerprint: str, base: int) -> Report:
    return Report(
        fingerprint=fingerprint,
        base=base,
        cases=1,
        right_before=1,
        right_after=1,
        scores=[],
        moved=[],
        wrong=[],
        conflicts=[],
        findings=[],
    )


@dataclass(frozen=True, slots=True)
class Seat:
    """A reviewer's browser at one process."""

    url: str
    session: ClientSession

    @classmethod
    def at(cls, url: str, token: str) -> "Seat":
        """A browser that is signed in; close its session."""
        jar = CookieJar(unsafe=True)
        return cls(url, ClientSession(cookies={"session": token}, cookie_jar=jar, timeout=ClientTimeout(60)))

    async def form(self, page: str) -> str:
        """The token of the forms on a page."""
        async with self.session.get(self.url + page) as shown:
            found = _CSRF.search(await shown.text())
        return found[1] if found else ""

    async def sends(self, path: str, form: str, **fields: str) -> int:
        """POST a form; the status that came of it."""
        async with self.session.post(
            self.url + path,
            data={**fields, "csrf": form},
            headers={"Sec-Fetch-Site": "same-origin"},
            allow_redirects=False,
        ) as told:
            return told.status

    async def releases(self, candidate: int) -> int:
        """Make an approved candidate live; 303 when it is."""
        page = f"/content/candidates/{candidate}"
        return await self.sends(f"{page}/release", await self.form(page))

    async def goes_back(self, number: int) -> int:
        """Make an older release live again."""
        form = await self.form("/content/releases")
        return await self.sends(f"/content/releases/{number}/live", form, reason="退回")


async def answer(session: ClientSession, url: str, words: str = QUESTION) -> str | None:
    """What this process answers a citizen who has never written before; None when nothing rode home."""
    number = secrets.randbelow(10**15)
    push = Account().text(f"oCitizen{number:015}", f"{10**15 + number}", words)
    try:
        async with session.post(f"{url}/wechat?{push.query}", data=push.body) as response:
            return Account().words_of(await response.read(), push.openid)
    except (ClientError, OSError):
        return None


async def until_all_answer(session: ClientSession, urls: Sequence[str], words: str) -> None:
    """Until every process answers with these words."""

    async def one(url: str) -> None:
        while words not in (await answer(session, url) or ""):  # noqa: ASYNC110 - it is in another process
            await asyncio.sleep(ASK_EVERY_S)

    await asyncio.gather(*(one(url) for url in urls))
