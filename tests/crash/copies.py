"""One database and one stand-in for Stripe as they were before all, put back as often as needed."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import sqlalchemy as sa

from tests.support import postgres


class Before:
    """Keeps a copy of both; what is put back must not be in use by anybody."""

    def __init__(self, url: str, stripe_file: Path) -> None:
        self._sqlite = url.startswith("sqlite")
        self._name = str(sa.make_url(url).database)
        self._stripe_file = stripe_file

    def keep(self) -> None:
        """From now on this is what `restore` brings back."""
        if self._sqlite:
            shutil.copyfile(self._file, self._file.with_suffix(".before"))
        else:
            postgres.run(f"CREATE DATABASE {self._name}_before TEMPLATE {self._name}")
        _copy(self._stripe_file, self._stripe_file.with_suffix(".before"))

    def restore(self) -> None:
        """Back to what was kept, whatever happened since."""
        if self._sqlite:
            for end in ("-wal", "-shm"):
                Path(f"{self._file}{end}").unlink(missing_ok=True)
            shutil.copyfile(self._file.with_suffix(".before"), self._file)
        else:
            postgres.run(f"DROP DATABASE {self._name} WITH (FORCE)")
            postgres.run(f"CREATE DATABASE {self._name} TEMPLATE {self._name}_before")
        _copy(self._stripe_file.with_suffix(".before"), self._stripe_file)

    @property
    def _file(self) -> Path:
        return Path(self._name)


def _copy(source: Path, target: Path) -> None:
    """Into a file that the stand-in holds open: it reads what it finds there next time."""
    reading, writing = sqlite3.connect(source), sqlite3.connect(target, timeout=30)
    with reading, writing:
        reading.backup(writing)
    reading.close()
    writing.close()
