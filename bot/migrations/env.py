"""What alembic runs for every command; the connection comes from `migrations.config`."""

from alembic import context

from bot.migrations import ROOMS

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=ROOMS,
    render_as_batch=True,
    compare_type=True,
    user_module_prefix=None,
)
with context.begin_transaction():
    context.run_migrations()
