"""The states of a case (a hand_over row), the ways between them, and who may speak in each.

    waiting ──> offered ──> serving <──> waiting_citizen ──> closed
    after_hours ──> waiting           snoozed            window_expired
    wechat_waiting ──> wechat_serving ──> closed         where WeChat's own agents are asked

A case is what came of one call for a human; a citizen has at most one that is open.
"""

from collections.abc import Mapping
from typing import Literal

from handlers.turn import Holder

State = Literal[
    "waiting",
    "after_hours",
    "offered",
    "serving",
    "waiting_citizen",
    "snoozed",
    "window_expired",
    "wechat_waiting",
    "wechat_serving",
    "closed",
]

WAYS: Mapping[State, frozenset[State]] = {
    # in the queue: offered, claimed, or given up; the 48 hours may end there too
    "waiting": frozenset({"offered", "serving", "after_hours", "window_expired", "wechat_serving", "closed"}),
    "after_hours": frozenset({"waiting", "serving", "window_expired", "wechat_serving", "closed"}),
    "offered": frozenset({"serving", "waiting", "window_expired", "wechat_serving", "closed"}),
    # with an agent: serving -> serving is another agent taking over
    "serving": frozenset({"serving", "waiting_citizen", "waiting", "snoozed", "window_expired", "closed"}),
    "waiting_citizen": frozenset({"serving", "waiting", "snoozed", "window_expired", "closed"}),
    "snoozed": frozenset({"serving", "waiting", "window_expired", "closed"}),
    # the citizen has to speak first; then to the same agent if there, else to the queue
    "window_expired": frozenset({"serving", "waiting", "closed"}),
    # with WeChat's agents, whom nobody here can relieve
    "wechat_waiting": frozenset({"wechat_serving", "closed"}),
    "wechat_serving": frozenset({"closed"}),
    "closed": frozenset({"serving"}),
}

QUEUED: frozenset[State] = frozenset({"waiting", "offered", "after_hours"})
HELD: frozenset[State] = frozenset({"serving", "waiting_citizen", "snoozed"})
WITH_WECHAT: frozenset[State] = frozenset({"wechat_waiting", "wechat_serving"})
OPEN: frozenset[State] = QUEUED | HELD | WITH_WECHAT | {"window_expired"}

BUSY: frozenset[State] = frozenset({"serving", "waiting_citizen"})
"""What counts against an agent's capacity; a snoozed or expired case does not block others."""


def holder_in(state: State, *, has_agent: bool) -> Holder:
    """Who may speak to the citizen while the case is in this state."""
    if state == "closed":
        return "bot"
    if state == "wechat_serving" or state in HELD or (state == "window_expired" and has_agent):
        return "agent"
    return "queue"
