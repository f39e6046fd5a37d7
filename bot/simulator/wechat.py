"""WeChat's side of the webhook: makes the push, posts it, cuts at five seconds, tries three times."""

import asyncio
import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout
from yarl import URL

from bot.simulator.account import Account
from bot.simulator.chat import Citizen, Exchange, Try
from bot.simulator.envelope import Abnormal, fresh_query, seal, unseal
from bot.simulator.pushes import Impossible, Push, Wish, push_for
from bot.simulator.replies import APOLOGY, check_passive, shown_passive

TRIES = 3


@dataclass(frozen=True, slots=True)
class Sending:
    """A push on its way. Copies of one push share `answered`: the citizen sees one answer only."""

    citizen: Citizen
    push: Push
    exchange: Exchange
    answered: list[str]


class WeChat:
    """Carries what citizens do to the webhook, and its answers back into the chat."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._http: ClientSession | None = None
        self._turn = itertools.count()

    async def open(self) -> None:
        """Get ready to post."""
        self._http = ClientSession(timeout=ClientTimeout(total=None))

    async def close(self) -> None:
        """Put the line down."""
        if self._http is not None:
            await self._http.close()

    async def do(self, openid: str, wish: Wish) -> list[Exchange]:
        """A citizen does something; comes back when WeChat is done with it.

        With "duplicates": 2 the same push goes out three times at once, as WeChat does on a bad day.
        An empty list: the webhook did not see it, because an agent has the citizen. Raises Impossible.
        """
        citizen = self.account.citizen(openid)
        push = push_for(self.account, citizen, wish)
        if push.is_message and self.account.room.session(openid, self.account.now()):
            self._happen(citizen, push, raw="")
            return []
        fields = self._fields(citizen, push)
        copies = 1 + min(_count(wish, "duplicates"), 20)
        answered: list[str] = []
        sendings = [Sending(citizen, push, self._exchange(citizen, fields), answered) for _ in range(copies)]
        self._happen(citizen, push, raw=sendings[0].exchange.id)
        await asyncio.gather(*(self._deliver(one) for one in sendings))
        session = self.account.room.session(openid, self.account.now())
        if session is not None and any(one.exchange.outcome == "transferred" for one in sendings):
            await self.agent_event("kf_create_session", openid, session.account)
        return [one.exchange for one in sendings]

    def _happen(self, citizen: Citizen, push: Push, *, raw: str) -> None:
        now = self.account.now()
        match push.fields.get("Event"):
            case "subscribe":
                citizen.following, citizen.followed_at = True, now
                citizen.followed_by = str(push.fields["EventKey"]).removeprefix("qrscene_")
            case "unsubscribe":
                citizen.following = False
                citizen.ledger.close()
        if push.trigger:
            citizen.ledger.open(push.trigger, now)
        citizen.spoke_at = now
        if push.shown:
            kind, body = push.shown
            self.account.put(citizen, "system" if kind == "notice" else "citizen", kind, body, raw=raw)

    def _fields(self, citizen: Citizen, push: Push) -> dict[str, Any]:
        at = int(self.account.true_now().timestamp())
        fields: dict[str, Any] = {
            "ToUserName": self.account.settings.original_id,
            "FromUserName": citizen.openid,
            "CreateTime": at,
            **push.fields,
        }
        if push.is_message:
            fields["MsgId"] = 23_000_000_000_000_000 + at % 10**9 * 10**6 + self.account.next_id() % 10**6
        return fields

    def _exchange(self, citizen: Citizen, fields: dict[str, Any]) -> Exchange:
        name = f"exchange-{self.account.next_id()}"
        exchange = Exchange(name, citizen.openid, self.account.now(), fields)
        self.account.exchanges.append(exchange)
        return exchange

    # ---- on the wire ----

    async def _deliver(self, sending: Sending) -> None:
        for number in range(TRIES):
            began = time.monotonic()
            answer = await self._post(sending.exchange)
            if answer is not None:
                self._take(sending, answer)
                break
            if number < TRIES - 1:
                pause = began + self.account.settings.retry_after_s - time.monotonic()
                await self.account.wait_until(self.account.closing.is_set, max(0.0, pause))
            if self.account.closing.is_set():
                break
        else:
            self._apologise(sending)
        self.account.touch()

    async def _post(self, exchange: Exchange) -> str | None:
        """One try; None when there was no answer to go on with."""
        if self._http is None:
            raise RuntimeError("the stand-in has not been started")
        settings = self.account.settings
        sealed = seal(settings, exchange.fields, exchange.openid, self.account.true_now())
        hooks = self.account.webhooks
        url = URL(hooks[next(self._turn) % len(hooks)]).update_query(sealed.query)
        exchange.plain = sealed.plain
        one = Try(str(url), sealed.body, sealed.steps)
        exchange.tries.append(one)
        began = time.monotonic()
        try:
            async with (
                asyncio.timeout(settings.cut_after_s),
                self._http.post(
                    url, data=sealed.body.encode(), headers={"Content-Type": sealed.content_type}
                ) as response,
            ):
                one.status = response.status
                one.answer = (await response.read()).decode("utf-8", "replace")
                one.verdict = "" if response.status == 200 else f"status {response.status}"
        except TimeoutError:
            one.verdict = f"cut after {settings.cut_after_s:g} s"
        except ClientError as broken:
            one.verdict = f"no connection ({type(broken).__name__})"
        one.took_ms = round((time.monotonic() - began) * 1000)
        return None if one.verdict else one.answer

    # ---- what comes back ----

    def _take(self, sending: Sending, answer: str) -> None:
        one = sending.exchange.tries[-1]
        if answer in ("", "success"):
            one.verdict, sending.exchange.outcome = "silence", "silence"
            return
        try:
            reply, one.answer_plain = unseal(self.account.settings, answer)
            self._show(sending, reply)
            one.verdict = sending.exchange.outcome
        except Abnormal as wrong:
            one.verdict = f"abnormal: {wrong}"
            self._apologise(sending)

    def _show(self, sending: Sending, reply: Mapping[str, Any]) -> None:
        citizen, push, exchange = sending.citizen, sending.push, sending.exchange
        original_id = self.account.settings.original_id
        kind = check_passive(reply, openid=citizen.openid, original_id=original_id)
        if kind == "transfer_customer_service":
            exchange.outcome = "silence"
            # An event cannot be handed over: WeChat drops such an answer without a word.
            if push.is_message:
                exchange.outcome = "transferred"
                wanted = reply.get("TransInfo")
                self._hand_over(citizen, str(wanted.get("KfAccount", "")) if isinstance(wanted, dict) else "")
            return
        exchange.outcome = "replied"
        what, body = shown_passive(reply, to_message=push.is_message)
        if sending.answered or not citizen.following:
            return
        sending.answered.append(exchange.id)
        self.account.put(citizen, "account", what, body, via="passive", raw=exchange.id)

    def _apologise(self, sending: Sending) -> None:
        sending.exchange.outcome = "apology"
        if sending.citizen.following and not sending.answered:
            sending.answered.append(sending.exchange.id)
            note = {"text": APOLOGY}
            self.account.put(sending.citizen, "system", "apology", note, raw=sending.exchange.id)

    # ---- agents ----

    def _hand_over(self, citizen: Citizen, account: str) -> None:
        if self.account.room.take_over(citizen.openid, account, self.account.now()) is None:
            self.account.put(citizen, "system", "notice", {"text": "正在排队等待人工客服"})

    async def agent_event(self, event: str, openid: str, account: str) -> Exchange:
        """Tell the webhook about a session: kf_create_session or kf_close_session."""
        citizen = self.account.citizen(openid)
        name = {"kf_close_session": "人工客服已结束会话"}.get(event, "人工客服已接入")
        return await self._session_event(citizen, name, {"Event": event, "KfAccount": account})

    async def switch_event(self, openid: str, before: str, account: str) -> Exchange:
        """Tell the webhook that a session went from one agent to another: kf_switch_session."""
        fields = {"Event": "kf_switch_session", "FromKfAccount": before, "ToKfAccount": account}
        return await self._session_event(self.account.citizen(openid), "已转接给另一位人工客服", fields)

    async def _session_event(self, citizen: Citizen, name: str, fields: dict[str, str]) -> Exchange:
        push = Push({"MsgType": "event", **fields}, None, ("notice", {"text": name}))
        self.account.put(citizen, "system", "notice", {"text": name})
        sending = Sending(citizen, push, self._exchange(citizen, self._fields(citizen, push)), [])
        await self._deliver(sending)
        return sending.exchange

    async def verify_server(self) -> bool:
        """WeChat's GET with an echostr, as when the address is saved; True when it comes back verbatim."""
        if self._http is None:
            raise RuntimeError("the stand-in has not been started")
        echo = str(self.account.next_id() + 4_375_120_948_345_356_249)
        query = {**fresh_query(self.account.settings, self.account.true_now()), "echostr": echo}
        try:
            async with (
                asyncio.timeout(self.account.settings.cut_after_s),
                self._http.get(URL(self.account.webhooks[0]).update_query(query)) as response,
            ):
                return response.status == 200 and await response.text() == echo
        except (ClientError, TimeoutError):
            return False


def _count(wish: Wish, name: str) -> int:
    value = wish.get(name, 0)
    if type(value) is not int or value < 0:
        raise Impossible(f"'{name}' must be a whole number")
    return value
