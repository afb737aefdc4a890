"""Secrets at rest: ciphertext in the table, old keys good until everything is under the new one."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from pytest_django.fixtures import Settings

from answerable.channels.contract import ChannelError
from answerable.channels.line import link
from answerable.channels.models import Account
from answerable.core import secrets
from tests.people import Team


@pytest.fixture
def key_file(tmp_path: Path, settings: Settings) -> Path:
    path = tmp_path / "encryption.keys"
    path.write_text("# first is current\n" + Fernet.generate_key().decode() + "\n")
    path.chmod(0o600)
    settings.ENCRYPTION_KEYS_FILE = str(path)
    return path


def stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed FROM channels_account")
        (sealed,) = cursor.fetchone()
        return str(sealed)


@pytest.fixture
def account(team: Team, key_file: Path) -> Account:
    given = {"brand": team.brand, "channel": "console", "network": "meadow", "external_id": "1", "handle": "x"}
    return Account.objects.create(**given, sealed=secrets.seal({"token": "tell nobody"}))


def test_the_table_holds_no_secret_in_the_clear(account: Account) -> None:
    assert "tell nobody" not in stored()
    assert Account.objects.get().secret == {"token": "tell nobody"}


def test_after_rotation_old_secrets_open_and_new_ones_need_the_new_key(account: Account, key_file: Path) -> None:
    old_key = key_file.read_text()
    secrets.add_key()
    assert Account.objects.get().secret == {"token": "tell nobody"}
    resealed = secrets.reseal(stored())
    assert secrets.unseal(resealed) == {"token": "tell nobody"}
    key_file.write_text(old_key)
    with pytest.raises(secrets.UnreadableSecret, match="key file"):
        secrets.unseal(resealed)


def test_the_key_file_stays_for_its_owners_eyes(key_file: Path) -> None:
    secrets.add_key()
    assert key_file.stat().st_mode & 0o077 == 0


def test_a_lost_key_is_said_in_words(account: Account, key_file: Path) -> None:
    key_file.write_text(Fernet.generate_key().decode() + "\n")
    with pytest.raises(secrets.UnreadableSecret, match="restore"):
        _ = Account.objects.get().secret
    with pytest.raises(ChannelError, match="connect the account again"):
        link(Account.objects.get())
    assert link(Account.objects.get(), talking=False).secret == {}


def test_a_renewed_token_never_overwrites_a_newer_connection(account: Account) -> None:
    stale = Account.objects.get()
    renewing = link(Account.objects.get())
    renewing.remember({"token": "second"})
    renewing.remember({"token": "third"})
    assert Account.objects.get().secret == {"token": "third"}
    link(stale).remember({"token": "from before"})
    assert Account.objects.get().secret == {"token": "third"}


def test_nothing_is_stored_for_nothing() -> None:
    assert secrets.unseal("") == {}
    assert secrets.reseal("") == ""
