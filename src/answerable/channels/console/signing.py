"""The signature of a console webhook: HMAC-SHA256 over the time and the raw body."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from answerable.channels.contract import BadSignature

HEADER = "console-signature"
TOLERANCE = 300.0  # seconds between the sender's clock and ours


def digest(secret: str, stamp: str, body: bytes) -> str:
    """Hex HMAC-SHA256 of `stamp` + "." + body."""
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def header(secret: str, at: datetime, body: bytes) -> str:
    """The header's value for a body that is sent at `at`."""
    stamp = str(int(at.timestamp()))
    return f"t={stamp},v1={digest(secret, stamp, body)}"


def check(headers: Mapping[str, str], secret: str, body: bytes, now: datetime) -> None:
    """BadSignature unless exactly one signature is there, fits the raw body, and is at most TOLERANCE seconds old."""
    stamp, given = _parts(headers.get(HEADER, ""))
    # Compared before the time is looked at, so that the answer tells a stranger nothing about our clock.
    if not secret or not hmac.compare_digest(digest(secret, stamp, body).encode(), given.encode()):
        raise BadSignature("the signature does not fit the body")
    if abs(now.timestamp() - int(stamp)) > TOLERANCE:
        raise BadSignature(f"the signature is more than {TOLERANCE / 60:.0f} minutes away from our clock")


def _parts(value: str) -> tuple[str, str]:
    """Stamp and signature of the header. A repeated header arrives joined by a comma, as four parts: refused."""
    if not value:
        raise BadSignature(f"the header {HEADER} is missing")
    pairs = [part.strip().partition("=") for part in value.split(",")]
    if sorted(name for name, _, _ in pairs) != ["t", "v1"]:
        raise BadSignature(f"the header {HEADER} must hold exactly one t and one v1")
    found = {name: text for name, _, text in pairs}
    # Twelve digits reach past the year 30000; more would only make int() slow.
    if not (found["t"].isascii() and found["t"].isdigit() and len(found["t"]) <= 12):
        raise BadSignature(f"the time in the header {HEADER} is not a number of seconds")
    return found["t"], found["v1"]
