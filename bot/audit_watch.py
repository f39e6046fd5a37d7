"""Looks every hour whether the audit trail is as it was written, then anchors its end outside the database.

The chain is walked in short pieces, so that nobody waits behind it. A chain that was altered is never
anchored: that would bless it.
"""

from functools import partial
from pathlib import Path

import structlog

from bot import audit
from bot.metrics import Metrics
from bot.store import Store

log = structlog.get_logger()

AT_ONCE = 500


class AuditWatch:
    """Hand `look` to a loop."""

    def __init__(self, store: Store, anchors: Path, metrics: Metrics) -> None:
        self._store = store
        self._anchors = anchors
        self._metrics = metrics

    async def look(self) -> None:
        """Walk the whole chain; anchor its end, or say which entry is not as it was."""
        try:
            broken = await self._first_broken()
        except audit.AnchorUnreadable as damaged:
            self._metrics.audit_broken.set(1)
            log.error("audit_anchors_unreadable", why=str(damaged))
            return
        self._metrics.audit_broken.set(broken or 0)
        if broken is not None:
            log.error("audit_broken", entry=broken)
            return
        await self._store.read(lambda tx: audit.anchor(tx, self._anchors))

    async def _first_broken(self) -> int | None:
        walk = audit.Walk.along(self._anchors)
        while piece := await self._store.read(partial(audit.entries_from, seq=walk.expected, limit=AT_ONCE)):
            for entry in piece:
                if not walk.passes(entry):
                    return walk.expected
        return walk.missing()
