"""The signature of a webhook: what is taken, and everything that is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from answerable.channels.console import signing
from answerable.channels.contract import BadSignature

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BODY = b'{"events": [], "name": "\xc3\x98deg\xc3\xa5rd"}'
GOOD = signing.header("secret", NOW, BODY)
STAMP, MARK = GOOD.split(",")


def test_the_right_signature_is_taken() -> None:
    signing.check({"console-signature": GOOD}, "secret", BODY, NOW)


@pytest.mark.parametrize("minutes", [-5, 5])
def test_clocks_may_differ_by_five_minutes(minutes: int) -> None:
    signing.check({"console-signature": GOOD}, "secret", BODY, NOW + timedelta(minutes=minutes))
    with pytest.raises(BadSignature, match="minutes"):
        signing.check({"console-signature": GOOD}, "secret", BODY, NOW + timedelta(minutes=minutes * 1.01))


@pytest.mark.parametrize(
    "value",
    [
        "",
        "v1=",
        STAMP,
        MARK,
        f"{STAMP},{MARK},{MARK}",
        f"{GOOD},{GOOD}",
        f"t=,{MARK}",
        f"t=soon,{MARK}",
        f"t=-5,{MARK}",
        f"t=²,{MARK}",
        f"t={'9' * 5000},{MARK}",
        f"{STAMP},v1=",
        f"{STAMP},v1=æøå",
        f"{STAMP},v1={MARK[3:].upper()}",
        f"{STAMP},v0={MARK[3:]}",
        f"t={int(NOW.timestamp()) + 1},{MARK}",
    ],
)
def test_anything_else_is_not_taken(value: str) -> None:
    with pytest.raises(BadSignature):
        signing.check({"console-signature": value}, "secret", BODY, NOW)


def test_another_secret_or_body_is_not_taken() -> None:
    for secret, body in (("other", BODY), ("", BODY), ("secret", BODY + b"\n"), ("secret", b"")):
        with pytest.raises(BadSignature):
            signing.check({"console-signature": GOOD}, secret, body, NOW)
