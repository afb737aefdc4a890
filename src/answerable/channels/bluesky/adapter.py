"""Bluesky as a channel: every promise of the contract in one line or two. Documented in docs/channels/bluesky.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from answerable.channels.bluesky import names, parse, poll, posting, signin
from answerable.channels.bluesky.manifest import MANIFEST, graphemes
from answerable.channels.bluesky.session import session_for
from answerable.channels.bluesky.tid import Keys
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
    Unreadable,
    Webhook,
)


class Bluesky:
    """The Bluesky channel (see :class:`answerable.channels.contract.Channel`)."""

    key = "bluesky"
    label = "Bluesky"

    def __init__(self) -> None:
        self._keys = Keys()

    def connect_fields(self) -> Sequence[Field]:
        return signin.FIELDS

    def connect(self, values: Mapping[str, str], *, allow_hosts: tuple[str, ...]) -> Connected:
        return signin.connect(values, allow_hosts)

    def manifest(self, network: str, settings: JsonObject) -> Manifest:
        return MANIFEST

    def subscribe(self, link: Link, url: str) -> None:
        raise ChannelError(Symbol.REFUSED, "Bluesky does not deliver by webhook; it is polled", permanent=True)

    def handshake(self, hook: Webhook, secret: JsonObject) -> bytes | None:
        return None

    def verify(self, hook: Webhook, secret: JsonObject) -> None:
        raise BadSignature("Bluesky sends no webhooks; it is asked by poll")

    def split(self, body: bytes) -> Sequence[Incoming]:
        raise Unreadable("Bluesky sends no webhooks; it is asked by poll")

    def parse(self, incoming: Incoming, link: Link) -> Sequence[Seen | Gone]:
        return [parse.parse(incoming, link)]

    def poll(self, link: Link, cursor: JsonObject, *, watch: Sequence[str], now: datetime) -> Page:
        return poll.poll(session_for(link), link, cursor, watch, now)

    def new_key(self, now: datetime) -> str:
        return self._keys.next(now)

    def expected_id(self, link: Link, key: str) -> str | None:
        return names.post_uri(link.external_id, key)

    def send(self, link: Link, outgoing: Outgoing) -> Receipt:
        return posting.send(session_for(link), link, outgoing)

    def find(self, link: Link, outgoing: Outgoing) -> Receipt | None:
        return posting.find(session_for(link), link, outgoing)

    def delete(self, link: Link, external_id: str) -> None:
        posting.delete(session_for(link), link, external_id)

    def check(self, link: Link) -> Profile:
        return signin.profile(session_for(link), link.external_id)

    def measure(self, text: str, manifest: Manifest) -> int:
        return graphemes(text)
