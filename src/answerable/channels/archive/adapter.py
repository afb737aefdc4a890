"""The archive as a channel: it is read and never spoken to. An account of it becomes a live one when it is connected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NoReturn

from answerable.channels.archive.record import read
from answerable.channels.contract import (
    BadSignature,
    ChannelError,
    Connected,
    Field,
    Gone,
    Incoming,
    JsonObject,
    Link,
    Manifest,
    Outgoing,
    Page,
    Profile,
    Receipt,
    Seen,
    Symbol,
    Webhook,
)

LABELS = {"x": "X", "archive": "Archive"}


class Archive:
    """History from files. Nothing can be sent, and nothing is asked."""

    key = "archive"
    label = "Archive"

    def connect_fields(self) -> Sequence[Field]:
        return ()

    def connect(self, values: Mapping[str, str], *, allow_hosts: tuple[str, ...]) -> Connected:
        self._refuse()

    def manifest(self, network: str, settings: JsonObject) -> Manifest:
        return Manifest(network, LABELS.get(network, network.capitalize()), reply=False, poll=False)

    def subscribe(self, link: Link, url: str) -> None:
        self._refuse()

    def handshake(self, hook: Webhook, secret: JsonObject) -> bytes | None:
        return None

    def verify(self, hook: Webhook, secret: JsonObject) -> None:
        raise BadSignature("an archive takes no webhooks")

    def split(self, body: bytes) -> Sequence[Incoming]:
        self._refuse()

    def parse(self, event: Incoming, link: Link) -> Sequence[Seen | Gone]:
        return read(event)

    def poll(self, link: Link, cursor: JsonObject, *, watch: Sequence[str], now: datetime) -> Page:
        self._refuse()

    def new_key(self, now: datetime) -> str:
        self._refuse()

    def expected_id(self, link: Link, key: str) -> str | None:
        return None

    def send(self, link: Link, outgoing: Outgoing) -> Receipt:
        self._refuse()

    def find(self, link: Link, outgoing: Outgoing) -> Receipt | None:
        self._refuse()

    def delete(self, link: Link, external_id: str) -> None:
        self._refuse()

    def check(self, link: Link) -> Profile:
        return Profile(link.external_id, link.handle)

    def measure(self, text: str, manifest: Manifest) -> int:
        return len(text)

    def _refuse(self) -> NoReturn:
        raise ChannelError(
            Symbol.FORBIDDEN,
            "this account is known from a file alone; connect it to its network to talk to it",
            permanent=True,
        )
