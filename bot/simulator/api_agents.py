"""WeChat's agent system as the API sees it: who is online, sessions, the queue."""

import asyncio
from collections.abc import Mapping

from bot.simulator.account import Account
from bot.simulator.api import OK, Answer, Call, Route
from bot.simulator.rules import Refusal, words
from bot.simulator.wechat import WeChat


def agent_routes(wechat: WeChat) -> Mapping[str, tuple[str, Route]]:
    """The routes that begin and end sessions need WeChat's sender: the webhook is told of both."""
    told: set[asyncio.Task[object]] = set()

    def tell(event: str, openid: str, account: str) -> None:
        task: asyncio.Task[object] = asyncio.ensure_future(wechat.agent_event(event, openid, account))
        told.add(task)
        task.add_done_callback(told.discard)

    async def create(account: Account, call: Call) -> Answer:
        citizen = account.citizen(call.body.get("openid"))
        session = account.room.begin(citizen.openid, words(call.body, "kf_account"), account.now())
        tell("kf_create_session", citizen.openid, session.account)
        return OK

    async def close(account: Account, call: Call) -> Answer:
        citizen = account.citizen(call.body.get("openid"))
        session = account.room.end(citizen.openid, words(call.body, "kf_account"), account.now())
        tell("kf_close_session", citizen.openid, session.account)
        return OK

    return {
        "/customservice/kfsession/create": ("POST", create),
        "/customservice/kfsession/close": ("POST", close),
        "/customservice/kfsession/getsession": ("GET", session_of),
        "/customservice/kfsession/getsessionlist": ("GET", sessions_of),
        "/customservice/kfsession/getwaitcase": ("GET", waiting),
        "/cgi-bin/customservice/getonlinekflist": ("GET", online),
        "/cgi-bin/customservice/getkflist": ("GET", everyone),
    }


async def session_of(account: Account, call: Call) -> Answer:
    """kfsession/getsession: who talks to this citizen, nobody being an empty name."""
    citizen = account.citizen(call.query.get("openid", ""))
    session = account.room.session(citizen.openid, account.now())
    if session is None:
        return {**OK, "kf_account": "", "createtime": 0}
    return {**OK, "kf_account": session.account, "createtime": int(session.since.timestamp())}


async def sessions_of(account: Account, call: Call) -> Answer:
    """kfsession/getsessionlist of one agent."""
    agent = account.room.known(call.query.get("kf_account", ""))
    now = account.now()
    held = [account.room.session(openid, now) for openid in list(account.room.sessions)]
    return {
        "sessionlist": [
            {"openid": one.openid, "createtime": int(one.since.timestamp())}
            for one in held
            if one is not None and one.account == agent.account
        ]
    }


async def waiting(account: Account, _call: Call) -> Answer:
    """kfsession/getwaitcase: the queue, at most 100."""
    queue = list(account.room.waiting.values())
    cases = [{"openid": one.openid, "latest_time": int(one.since.timestamp())} for one in queue[:100]]
    return {"count": len(queue), "waitcaselist": cases}


async def online(account: Account, _call: Call) -> Answer:
    """getonlinekflist: status 1 is online."""
    held = [one.account for one in account.room.sessions.values()]
    return {
        "kf_online_list": [
            {
                "kf_account": one.account,
                "status": 1,
                "kf_id": "2001",
                "accepted_case": held.count(one.account),
            }
            for one in account.room.agents.values()
            if one.online
        ]
    }


async def everyone(account: Account, _call: Call) -> Answer:
    """getkflist: every agent, online or not."""
    if not account.room.agents:
        raise Refusal(48001)
    return {
        "kf_list": [
            {"kf_account": one.account, "kf_nick": one.nick, "kf_id": "2001", "kf_headimgurl": ""}
            for one in account.room.agents.values()
        ]
    }
