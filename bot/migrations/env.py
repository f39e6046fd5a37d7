"""What alembic runs for every command; the connection comes from `migrations.config`."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import TypeDecorator

from bot.migrations import ROOMS


def plainly(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """Our own types are written as what they are in the database: a step must not change with the code."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=ROOMS,
    render_as_batch=True,
    compare_type=True,
    render_item=plainly,
)
with context.begin_transaction():
    context.run_migrations()
