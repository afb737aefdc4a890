"""One PostgreSQL for a test run: started before Django, migrated once, cloned for each process of the run.

Loaded as the first plugin, so that everything imported after it finds settings and models ready. The migrated cluster
is kept in .cache/tests under a hash of the migrations; the next run starts from a copy of it.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import django
import psycopg
import pytest
from django.conf import settings
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "tests"
_URL = "ANSWERABLE_TEST_SERVER"
_TEMPLATE = "answerable_template"
_KEPT = {"ANSWERABLE_EMBEDDED_POSTGRES", _URL}


def _fingerprint() -> str:
    """Changes with every migration, ours or a package's, and with the PostgreSQL that runs."""
    digest = hashlib.sha256(os.environ.get("ANSWERABLE_EMBEDDED_POSTGRES", "any").encode())
    for path in [*sorted(ROOT.glob("src/answerable/*/migrations/*.py")), ROOT / "requirements-dev.lock"]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


class Run:
    """The server of this run. Only the process that started the run has one; its children find it by environment."""

    def __init__(self) -> None:
        self.data = Path(tempfile.mkdtemp(prefix="answerable-tests-"))
        self.data.chmod(0o755)  # the database's user must get in when the run is root's
        self.cached = CACHE / _fingerprint()
        if self.cached.exists():
            _copy(self.cached, self.data / "postgres")
        from answerable.config.database import launcher

        whose = os.environ.get("ANSWERABLE_EMBEDDED_POSTGRES", "any")
        self.server = launcher.start(self.data, fsync=False, whose=whose)

    def stop(self) -> None:
        """Stop the server; keep the migrated cluster for the next run."""
        migrated = _exists(_TEMPLATE)
        self.server.stop()
        if migrated and not self.cached.exists() and _fingerprint() == self.cached.name:
            shutil.rmtree(CACHE, ignore_errors=True)
            CACHE.mkdir(parents=True)
            aside = CACHE / f"{os.getpid()}.part"
            _copy(self.data / "postgres", aside)
            aside.rename(self.cached)
        shutil.rmtree(self.data, ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", "--reflink=auto", str(source), str(target)], check=True)


def _begin() -> Run | None:
    """Settings of a test run, whatever the shell has set; then Django."""
    for name in [name for name in os.environ if name.startswith("ANSWERABLE_") and name not in _KEPT]:
        if _URL not in os.environ:
            del os.environ[name]
    run = None
    if _URL not in os.environ:
        run = Run()
        os.environ[_URL] = run.server.url
        os.environ["ANSWERABLE_DATA_DIR"] = str(run.data)
        os.environ["ANSWERABLE_LOG_LEVEL"] = "WARNING"
    os.environ["DATABASE_URL"] = os.environ[_URL]
    os.environ["DJANGO_SETTINGS_MODULE"] = "answerable.config.settings"
    return run


_run = _begin()
django.setup()  # the plugins after this one import models
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # tests sign in often and guard nothing


@atexit.register
def _end() -> None:
    """The end of the run, also of one that broke off before pytest had begun."""
    if _run is not None:
        _run.stop()


def _maintenance() -> psycopg.Connection[tuple[object, ...]]:
    from answerable.config.database import access

    return psycopg.connect(access.other_database(os.environ[_URL], "postgres"), autocommit=True)


def _exists(name: str) -> bool:
    with _maintenance() as connection:
        return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def _use(name: str) -> None:
    """Point Django and the processes that tests start to a database of the run's server."""
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = name
    os.environ["DATABASE_URL"] = urlsplit(os.environ[_URL])._replace(path=f"/{name}").geturl()


@contextmanager
def _one_process() -> Iterator[None]:
    with (Path(os.environ["ANSWERABLE_DATA_DIR"]) / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make_template() -> None:
    """Migrate once; whoever comes first does it."""
    from django.core.management import call_command
    from django.db import connection

    with _one_process():
        if _exists(_TEMPLATE):
            return
        making = f"{_TEMPLATE}_making"
        with _maintenance() as maintenance:
            maintenance.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(making)))
            maintenance.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(making)))
            _use(making)
            call_command("migrate", interactive=False, verbosity=0)
            call_command("createcachetable", verbosity=0)
            connection.close()
            # renamed when it is whole: a run that was interrupted leaves no half-made template
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            maintenance.execute(rename.format(sql.Identifier(making), sql.Identifier(_TEMPLATE)))


@contextmanager
def empty_database() -> Iterator[str]:
    """The address of a database in which nothing has been made yet."""
    name = f"empty_{os.getpid()}"
    with _maintenance() as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlsplit(os.environ[_URL])._replace(path=f"/{name}").geturl()
    finally:
        with _maintenance() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def clone(name: str) -> str:
    """A fresh migrated database of the run's server; returns its address."""
    _make_template()
    with _maintenance() as maintenance:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        maintenance.execute(drop.format(sql.Identifier(name)))
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        maintenance.execute(create.format(sql.Identifier(name), sql.Identifier(_TEMPLATE)))
    return urlsplit(os.environ[_URL])._replace(path=f"/{name}").geturl()


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: object) -> Iterator[None]:
    """pytest-django's fixture: a clone of the migrated template for this process of the run."""
    from django.db import connections

    name = f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with django_db_blocker.unblock():  # type: ignore[attr-defined]  # its class is private to pytest-django
        clone(name)
        _use(name)
    yield
    with django_db_blocker.unblock():  # type: ignore[attr-defined]  # as above
        connections.close_all()
        with _maintenance() as maintenance:
            maintenance.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
