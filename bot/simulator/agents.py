"""WeChat's own agent system: who is online, who waits, and who talks to whom.

While a session lasts, the citizen's messages go to the agent and the webhook does not see them;
a session that nobody closed gives the messages back after 30 minutes.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.simulator.rules import Refusal

SESSION_LIFE = timedelta(minutes=30)


@dataclass(slots=True)
class Agent:
    """One customer-service account, named like kf2001@original_id."""

    account: str
    nick: str
    online: bool = True


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation between a citizen and an agent."""

    openid: str
    account: str
    since: datetime


@dataclass(slots=True)
class Waiting:
    """A citizen who was handed over; `account` names the agent that was asked for, if any."""

    openid: str
    account: str
    since: datetime


@dataclass(slots=True)
class AgentRoom:
    """Agents, the queue and the sessions of one official account."""

    agents: dict[str, Agent] = field(default_factory=dict)
    waiting: dict[str, Waiting] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)

    def hire(self, account: str, nick: str) -> None:
        """One more agent, who is online. Raises Refusal 65406 for an account that is none."""
        if not 0 < len(account.partition("@")[0]) <= 10 or "@" not in account:
            raise Refusal(65406)
        self.agents.setdefault(account, Agent(account, nick or account))

    def take_over(self, openid: str, account: str, now: datetime) -> Session | None:
        """A citizen is handed over: an online agent takes them at once, else they wait.

        A named agent who is offline still gets the citizen, and nobody else is told.
        """
        able = [one for one in self.agents.values() if one.online and account in ("", one.account)]
        if able:
            return self.begin(openid, able[0].account, now)
        self.waiting.setdefault(openid, Waiting(openid, account, now))
        return None

    def begin(self, openid: str, account: str, now: datetime) -> Session:
        """Open a session. Raises Refusal 65401 (no such agent), 65414 (taken), 65415 (offline)."""
        agent = self.known(account)
        held = self.session(openid, now)
        if held is not None and held.account != account:
            raise Refusal(65414)
        if not agent.online:
            raise Refusal(65415)
        self.waiting.pop(openid, None)
        session = held or Session(openid, account, now)
        self.sessions[openid] = session
        return session

    def end(self, openid: str, account: str, now: datetime) -> Session:
        """Close a session. Raises Refusal 65401 or 65413 (no such session)."""
        self.known(account)
        session = self.session(openid, now)
        if session is None or session.account != account:
            raise Refusal(65413)
        del self.sessions[openid]
        return session

    def switch(self, openid: str, account: str, now: datetime) -> str:
        """An agent passes a citizen to a colleague; who it was until now.

        Raises Refusal 65401 (no such agent), 65413 (nobody talks to them, or this one), 65415 (offline).
        """
        agent, session = self.known(account), self.session(openid, now)
        if session is None or session.account == account:
            raise Refusal(65413)
        if not agent.online:
            raise Refusal(65415)
        self.sessions[openid] = Session(openid, account, session.since)
        return session.account

    def session(self, openid: str, now: datetime) -> Session | None:
        """The session of a citizen; one that is older than 30 minutes is none any more."""
        session = self.sessions.get(openid)
        if session is not None and now - session.since >= SESSION_LIFE:
            del self.sessions[openid]
            return None
        return session

    def known(self, account: str) -> Agent:
        """The agent. Raises Refusal 65401."""
        if account not in self.agents:
            raise Refusal(65401)
        return self.agents[account]
