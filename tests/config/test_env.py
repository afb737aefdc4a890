"""Settings: defaults that are safe, values that are wrong and named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from answerable.config import env, keys, mail
from answerable.config.env import Env, SettingsError


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in Env.model_fields:
        monkeypatch.delenv(f"ANSWERABLE_{name.upper()}", raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    env.load.cache_clear()
    yield
    env.load.cache_clear()


def test_defaults_are_safe() -> None:
    settings = env.load()
    assert not settings.debug
    assert not settings.demo
    assert settings.bind_host == "127.0.0.1"
    assert settings.allow_hosts == ()
    assert settings.recall_seconds == 5
    assert settings.address == "http://127.0.0.1:8000"


def test_every_setting_is_described() -> None:
    assert all(field.description for field in Env.model_fields.values())


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ANSWERABLE_PORT", "seventy", "valid integer"),
        ("ANSWERABLE_PORT", "70000", "less than or equal to 65535"),
        ("ANSWERABLE_PUBLIC_URL", "desk.example.org", "https://desk.example.org"),
        ("ANSWERABLE_PUBLIC_URL", "https://desk.example.org/desk", "without a path"),
        ("ANSWERABLE_SECRET_KEY", "short", "at least 32 characters"),
        ("ANSWERABLE_ALLOW_HOSTS", "http://intranet", "only the host name"),
        ("ANSWERABLE_ALLOW_HOSTS", "10.0.0.0/99", "10.0.0.0/99"),
        ("ANSWERABLE_LANGUAGE", "de", "'en', 'nb', 'ru', 'ro' or 'sk'"),
        ("DATABASE_URL", "mysql://root@localhost/desk", "postgresql://"),
        ("ANSWERABLE_EMAIL_URL", "mail.example.org", "smtp://"),
    ],
)
def test_a_wrong_value_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        env.load()
    assert f"{name}: " in str(refused.value)
    assert said in str(refused.value)


def test_a_wrong_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWERABLE_SECRET_KEY", "hunter2")
    monkeypatch.setenv("DATABASE_URL", "mysql://root:hunter2@localhost/desk")
    with pytest.raises(SettingsError) as refused:
        env.load()
    assert "hunter2" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_all_wrong_values_are_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWERABLE_PORT", "x")
    monkeypatch.setenv("ANSWERABLE_RECALL_SECONDS", "-1")
    with pytest.raises(SettingsError) as refused:
        env.load()
    assert "ANSWERABLE_PORT" in str(refused.value)
    assert "ANSWERABLE_RECALL_SECONDS" in str(refused.value)


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWERABLE_ALLOW_HOSTS", "pds.internal, 10.0.0.0/8,,::1")
    assert env.load().allow_hosts == ("pds.internal", "10.0.0.0/8", "::1")


def test_an_empty_value_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWERABLE_PORT", "")
    assert env.load().port == 8000


@pytest.mark.parametrize(("host", "address"), [("0.0.0.0", "localhost"), ("::", "localhost"), ("::1", "[::1]")])  # noqa: S104 -- not bound
def test_the_address_can_be_typed(monkeypatch: pytest.MonkeyPatch, host: str, address: str) -> None:
    monkeypatch.setenv("ANSWERABLE_BIND_HOST", host)
    assert env.load().address == f"http://{address}:8000"


def test_loopback_is_no_name_of_a_desk_that_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "localhost" in env.load().hosts
    monkeypatch.setenv("ANSWERABLE_PUBLIC_URL", "https://[2001:db8::1]:8443")
    monkeypatch.setenv("ANSWERABLE_ALLOWED_HOSTS", "desk.internal")
    env.load.cache_clear()
    assert env.load().hosts == ["desk.internal", "[2001:db8::1]"]


def test_keys_are_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "encryption.keys"
    first = keys.encryption_keys(path)
    assert keys.encryption_keys(path) == first
    assert keys.is_private(path)
    assert keys.secret_key(tmp_path) == keys.secret_key(tmp_path)
    assert keys.is_private(tmp_path / "secret.key")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["deep", "secret.key"]


def test_the_second_of_two_makers_takes_the_first_ones_key(tmp_path: Path) -> None:
    assert keys.make_once(tmp_path / "key", "first") == "first"
    assert keys.make_once(tmp_path / "key", "second") == "first"


@pytest.mark.parametrize("content", ["", "not a key", "# only a comment"])
def test_a_damaged_key_file_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "encryption.keys"
    path.write_text(content)
    with pytest.raises(keys.KeyFileError, match=r"encryption\.keys"):
        keys.encryption_keys(path)


@pytest.mark.parametrize(
    ("url", "port", "ssl", "starttls"),
    [
        ("smtp://u:p%40ss@mail.example.org", 587, False, True),
        ("smtps://u:p%40ss@mail.example.org", 465, True, False),
        ("smtp://u:p%40ss@localhost:1025", 1025, False, False),
    ],
)
def test_mail_server(monkeypatch: pytest.MonkeyPatch, url: str, port: int, ssl: bool, starttls: bool) -> None:
    monkeypatch.setenv("ANSWERABLE_EMAIL_URL", url)
    found = mail.transport(env.load())
    assert (found.user, found.password, found.port, found.ssl, found.starttls) == ("u", "p@ss", port, ssl, starttls)
