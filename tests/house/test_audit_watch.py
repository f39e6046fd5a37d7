"""The hourly look at the trail: a sound chain is anchored, an altered one is told and never blessed."""

import pytest
from sqlalchemy import delete, update

from bot import audit
from bot.audit import UNGUARDS, Audit, read_anchors
from bot.audit_watch import AuditWatch
from bot.metrics import Metrics
from bot.records import audit_entry


@pytest.fixture
def metrics():
    return Metrics()


@pytest.fixture
def watch(store, tmp_path, metrics, monkeypatch):
    monkeypatch.setattr("bot.audit_watch.AT_ONCE", 2)
    return AuditWatch(store, tmp_path / "elsewhere", metrics)


@pytest.fixture
async def work_is_done(store, clock):
    """So many things are done."""
    notes = Audit(clock)

    async def done(times: int) -> None:
        for _ in range(times):
            await store.write(lambda tx: notes.note(tx, "小李", "thread.open", "case:1"))

    return done


def broken_entry(metrics: Metrics) -> float | None:
    return metrics.registry.get_sample_value("nihu_audit_broken_entry")


class TestASoundTrail:
    async def test_is_anchored_outside_the_database(self, watch, work_is_done, tmp_path, metrics):
        await work_is_done(5)
        await watch.look()
        assert [anchor.seq for anchor in read_anchors(tmp_path / "elsewhere")] == [5]
        assert broken_entry(metrics) == 0

    async def test_is_anchored_once_for_each_new_end(self, watch, work_is_done, tmp_path):
        for times in (1, 0, 2):
            await work_is_done(times)
            await watch.look()
        assert [anchor.seq for anchor in read_anchors(tmp_path / "elsewhere")] == [1, 3]

    async def test_of_a_new_house_needs_no_anchor(self, watch, tmp_path, metrics):
        await watch.look()
        assert read_anchors(tmp_path / "elsewhere") == []
        assert broken_entry(metrics) == 0


class TestAnAlteredTrail:
    @pytest.fixture
    async def owned(self, store):
        """Somebody owns the database and has taken its guards away."""

        def unguard(tx):
            for statement in UNGUARDS["sqlite"]:
                tx.exec_driver_sql(statement)

        await store.write(unguard)

    async def test_is_told_by_its_first_entry_and_not_anchored(
        self, watch, work_is_done, store, owned, tmp_path, metrics
    ):
        await work_is_done(5)
        second = audit_entry.c.seq == 4
        await store.write(
            lambda tx: tx.execute(update(audit_entry).where(second).values(actor="小王")) and None
        )
        await watch.look()
        assert broken_entry(metrics) == 4
        assert read_anchors(tmp_path / "elsewhere") == []

    async def test_is_found_when_its_end_was_cut_off(self, watch, work_is_done, store, owned, metrics):
        await work_is_done(5)
        await watch.look()
        await store.write(lambda tx: tx.execute(delete(audit_entry).where(audit_entry.c.seq > 3)) and None)
        await watch.look()
        assert broken_entry(metrics) == 4

    async def test_is_told_when_the_anchors_were_damaged(self, watch, work_is_done, tmp_path, metrics):
        await work_is_done(1)
        await watch.look()
        file = tmp_path / "elsewhere" / audit.ANCHOR_FILE
        kept = file.read_text()
        file.write_text("nonsense\n")
        await watch.look()
        assert broken_entry(metrics) == 1
        file.write_text(kept)
        await watch.look()
        assert broken_entry(metrics) == 0
