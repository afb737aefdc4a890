"""What a channel's tests must offer: a network to test against, its people, and what goes wrong there."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from answerable.channels.contract import (
    Channel,
    Incoming,
    Webhook,
)

HOSTILE = (
    "<script>alert(1)</script> & <b>bold</b> &amp; \u202esiht daer\u202c zero\u200bwidth\u200d\ufeff "
    "שלום مرحبا 👩‍👩‍👧‍👦🇳🇴 a\u030a\u0327\u0308 {{ 7*7 }} '; DROP TABLE x; -- \\n"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A reply of the brand as it stands on the network."""

    external_id: str
    text: str


class Harness(Protocol):
    """A network to test against: its people, and what goes wrong there.

    patience: seconds until what happened can be polled (a network that indexes late). longest: characters that a
    customer can write. The methods that make something give its external id."""

    channel: Channel
    network: str
    allow_hosts: tuple[str, ...]
    patience: float
    longest: int

    # ── connecting ──
    def values(self) -> dict[str, str]:
        """What a person types to connect the brand."""

    def wrong_password(self) -> dict[str, str]: ...

    def unknown_handle(self) -> dict[str, str]: ...

    def unreachable(self) -> dict[str, str]:
        """Values whose service address nobody listens at."""

    # ── people ──
    def customer_posts(self, text: str, *, mention: bool = True, claimed_at: str | None = None, who: int = 0) -> str:
        """Customer number `who` writes to the brand; without mention, to nobody. claimed_at: any text or None."""

    def customer_replies(self, parent: str, text: str, *, mention: bool = False, who: int = 0) -> str: ...

    def customer_deletes(self, external_id: str) -> None: ...

    def brand_posts_elsewhere(self, text: str, parent: str | None = None) -> str:
        """The brand writes in the network's own app."""

    def standing_replies(self, parent: str) -> Sequence[Standing]:
        """The brand's replies under a message that stand, as the network itself (not the adapter) knows them."""

    # ── what goes wrong ──
    def break_token(self) -> None: ...

    def limit_next(self, retry_after: float | None) -> None:
        """The next reply is answered with "too many requests"."""

    def refuse_next(self) -> None:
        """The next reply is content that the network will not take."""

    def time_out_before_effect(self) -> None: ...

    def time_out_after_effect(self) -> None: ...

    def service_down(self) -> AbstractContextManager[None]: ...

    def malformed(self) -> Incoming:
        """A payload as only a broken network would send it."""

    def with_unknown_fields(self, incoming: Incoming) -> Incoming: ...


class QuotingHarness(Harness, Protocol):
    def customer_quotes(self, quoted: str, text: str) -> str: ...


class EditingHarness(Harness, Protocol):
    def customer_edits(self, external_id: str, text: str) -> None: ...


class PushingHarness(Harness, Protocol):
    def signed(self, body: bytes, *, age: timedelta = timedelta()) -> Webhook:
        """A delivery as the network signs it."""

    def delivery(self) -> bytes:
        """The body of a delivery with one event in it."""

    def challenge(self) -> tuple[Webhook, bytes]:
        """A verification request, and the body that answers it."""


class PicturingHarness(Harness, Protocol):
    def customer_posts_picture(self, text: str, alt: str) -> str: ...

    def alt_texts(self, external_id: str) -> Sequence[str]:
        """The alt texts of the pictures of a message that stands."""
