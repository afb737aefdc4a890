"""What can be wrong with an installation, and how to mend it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from answerable.config import database, env, keys, private
from answerable.config.database import access, binaries, choice

_ENOUGH_DISK = 1_000_000_000


@dataclass(frozen=True)
class Finding:
    """The outcome of one check. ``mend`` says what to do when it is not ok."""

    name: str
    ok: bool
    seen: str
    mend: str = ""

    def __str__(self) -> str:
        line = f"{'ok   ' if self.ok else 'WRONG'} {self.name}: {self.seen}"
        return line if self.ok else f"{line}\n      → {self.mend}"


def _python() -> Finding:
    seen = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", sys.version_info >= (3, 11), seen, "Install Python 3.11 or newer.")


def _programs(settings: env.Env) -> Finding:
    if settings.database_url is not None:
        return Finding("database programs", True, "not needed: DATABASE_URL is set")
    try:
        found = binaries.find(whose=settings.embedded_postgres)
    except database.DatabaseError as error:
        return Finding("database programs", False, "none", str(error))
    return Finding("database programs", True, f"PostgreSQL {found.major} ({found.source})")


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path


def _disk(settings: env.Env) -> Finding:
    place = _existing(settings.data_path)
    free = shutil.disk_usage(place).free
    writable = os.access(place, os.W_OK)
    seen = f"{settings.data_path}, {free / 1e9:.1f} GB free" + ("" if writable else ", not writable")
    return Finding("disk", writable and free > _ENOUGH_DISK, seen, "Free some space, or set ANSWERABLE_DATA_DIR.")


def _keys(settings: env.Env) -> Finding:
    path, name = settings.keys_path, "encryption keys"
    if not path.exists():
        return Finding(name, True, f"{path}, made at the first start")
    try:
        count = len(keys.encryption_keys(path))
    except keys.KeyFileError as error:
        return Finding(name, False, str(path), str(error))
    if not keys.is_private(path):
        return Finding(name, False, f"{path} can be read by others", f"chmod 600 {path}")
    return Finding(name, True, f"{path}, {count} in use")


def _files(settings: env.Env) -> Finding:
    found = private.open_to_others(settings.data_path)
    if not found:
        return Finding("files", True, "for their own user only")
    names = " ".join(map(str, found))
    return Finding("files", False, f"{names}: open to other users", f"chmod go-rwx {names}")


def _public_url(settings: env.Env) -> Finding:
    local = settings.bind_host in {"127.0.0.1", "::1", "localhost"}
    ok = settings.is_https or local or settings.public_url is not None
    mend = "Set ANSWERABLE_PUBLIC_URL to the address people type; with https:// once a TLS proxy stands in front."
    return Finding("public address", ok, settings.address, mend)


def _debug(settings: env.Env) -> Finding:
    mend = "Unset ANSWERABLE_DEBUG: error pages would show settings and code."
    return Finding("debug", not settings.debug, "on" if settings.debug else "off", mend)


def _database(settings: env.Env) -> Finding:
    url = choice.location(settings)
    try:
        version = access.server_version(url)
    except database.DatabaseError as error:
        mend = "Check DATABASE_URL." if settings.database_url else "Start the desk: `answerable run`."
        return Finding("database", False, str(error), mend)
    ok = version >= binaries.OLDEST
    return Finding("database", ok, f"PostgreSQL {version}", f"PostgreSQL {binaries.OLDEST} or newer is needed.")


def _migrations() -> Finding:
    from answerable.app import migrations

    count = migrations.pending()
    return Finding(
        "tables", not count, f"{count} migrations pending" if count else "up to date", "`answerable migrate`"
    )


def _worker() -> Finding:
    from answerable.app import health

    lives = health.worker_lives()
    mend = "`answerable worker`, or `answerable run` for everything; its log says why it stopped."
    return Finding("worker", lives, "alive" if lives else "none has shown itself for half a minute", mend)


def _tokens() -> Finding:
    from answerable.channels.models import Account
    from answerable.core import secrets

    shut = 0
    for account in Account.objects.exclude(sealed=""):
        try:
            secrets.unseal(account.sealed)
        except secrets.UnreadableSecret:
            shut += 1
    seen = f"{shut} of the connected accounts cannot be opened with these keys" if shut else "open with these keys"
    mend = "Put the key file that belongs to this database in place, or connect these accounts again."
    return Finding("account tokens", not shut, seen, mend)


def _checked(name: str, check: Callable[[], Finding]) -> Finding:
    from django.db import DatabaseError

    try:
        return check()
    except DatabaseError as error:
        seen = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        return Finding(name, False, seen, "`answerable migrate`")


def _inside() -> Iterator[Finding]:
    from answerable.app import boot

    boot.django_ready()
    tables = _checked("tables", _migrations)
    yield tables
    if tables.ok:
        yield _checked("account tokens", _tokens)
        yield _checked("worker", _worker)


def examine() -> list[Finding]:
    """Every check, in an order in which the first wrong one often explains the rest. Starts nothing."""
    settings = env.load()
    findings = [_python(), _disk(settings), _programs(settings), _keys(settings), _files(settings)]
    findings += [_public_url(settings), _debug(settings), _database(settings)]
    if findings[-1].ok:
        findings += _inside()
    return findings
