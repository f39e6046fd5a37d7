"""A PostgreSQL server of our own in a temporary folder, for what needs two processes on one database."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.serving import free_port


class NoPostgreSQL(RuntimeError):
    """No PostgreSQL server is installed (/usr/lib/postgresql is missing)."""


@contextmanager
def postgres() -> Iterator[str]:
    """Its address, without a database: postgresql+asyncpg://….

    Raises:
        NoPostgreSQL
    """
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not binaries:
        raise NoPostgreSQL(NoPostgreSQL.__doc__)
    folder, port = Path(tempfile.mkdtemp(prefix="pg")), free_port()
    as_whom = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_whom:
        shutil.chown(folder, "postgres")

    def run(program: str, *words: str) -> None:
        command = [*as_whom, str(binaries[-1] / program), "-D", str(folder / "data"), *words]
        subprocess.run(command, check=True, capture_output=True, cwd="/")

    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200"
    run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8")
    run("pg_ctl", "-l", str(folder / "log"), "-w", "-o", options, "start")
    try:
        yield f"postgresql+asyncpg://postgres@127.0.0.1:{port}"
    finally:
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
