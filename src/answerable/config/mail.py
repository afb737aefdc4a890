"""How mail leaves, from one address such as ``smtp://user:password@host:587``."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from answerable.config.env import Env


@dataclass(frozen=True)
class Transport:
    """Django's mail settings."""

    backend: str
    host: str = "localhost"
    port: int = 25
    user: str = ""
    password: str = ""
    ssl: bool = False
    starttls: bool = False


def transport(env: Env) -> Transport:
    """``smtps`` speaks TLS from the start, ``smtp`` to a host that is not this machine upgrades with STARTTLS.

    Without a mail server each mail becomes a file in the data directory, so nothing is lost without a trace.
    """
    if env.email_url is None:
        return Transport("django.core.mail.backends.filebased.EmailBackend")
    parts = urlsplit(env.email_url.get_secret_value())
    host, ssl = parts.hostname or "localhost", parts.scheme == "smtps"
    return Transport(
        "django.core.mail.backends.smtp.EmailBackend",
        host=host,
        port=parts.port or (465 if ssl else 587),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        ssl=ssl,
        starttls=not ssl and host not in {"localhost", "127.0.0.1", "::1"},
    )
