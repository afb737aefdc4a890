"""The system user that PostgreSQL runs as: us, or a user of its own when we are root, which PostgreSQL refuses."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from answerable.config.database.access import DatabaseError

SYSTEM_USER = "answerable"


@dataclass(frozen=True)
class Account:
    """A system user. ``switch`` is false when it is already ours."""

    uid: int
    gid: int
    switch: bool

    def popen(self) -> dict[str, Any]:
        """Arguments that make :mod:`subprocess` start a program as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switch else {}

    def own(self, path: Path) -> None:
        """Give a file or directory to this user; nothing else of the path is touched."""
        if self.switch:
            os.chown(path, self.uid, self.gid)

    def can_run(self, program: Path) -> bool:
        """Whether this user can start the program where it lies (a home of 0700 above it forbids it)."""
        return self._try([str(program), "--version"])

    def can_enter(self, directory: Path) -> bool:
        """Whether this user can reach the directory."""
        return self._try(["/bin/sh", "-c", 'cd "$1"', "sh", str(directory)])

    def _try(self, command: list[str]) -> bool:
        try:
            done = subprocess.run(command, capture_output=True, timeout=20, cwd="/", check=False, **self.popen())
        except (OSError, subprocess.SubprocessError):
            return False
        return done.returncode == 0


def _named(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(entry.pw_uid, entry.pw_gid, switch=True)


def _create() -> Account | None:
    """initdb looks its user up by number, so a bare number without an entry would not do."""
    program = shutil.which("useradd") or shutil.which("useradd", path="/usr/sbin:/sbin")
    if program is None:
        return None
    options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    subprocess.run(
        [program, *options, "--shell", "/usr/sbin/nologin", SYSTEM_USER], capture_output=True, timeout=60, check=False
    )
    return _named(SYSTEM_USER)


def database_account(*ways: Callable[[], Account | None]) -> Account:
    """The user to run PostgreSQL as. Root gets the system user ``answerable``, made when it is not there yet."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), switch=False)
    for way in ways or (lambda: _named(SYSTEM_USER), _create, lambda: _named("postgres")):
        account = way()
        if account is not None:
            return account
    raise DatabaseError(
        "PostgreSQL does not run as root and no other user could be made. Start Answerable as an ordinary user, "
        f"or create the system user “{SYSTEM_USER}”, or set DATABASE_URL."
    )
