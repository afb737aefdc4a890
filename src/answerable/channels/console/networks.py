"""The networks that one console server poses as. A new one is one entry in POSED."""

from __future__ import annotations

from dataclasses import dataclass

from answerable.channels.contract import Manifest, MessageKind, Retry, Unit


@dataclass(frozen=True, slots=True)
class Posed:
    """How one posed network behaves, beyond what its manifest tells the desk.

    root_kind / reply_kind: what a message is called there without and with a parent.
    tells_deletes: sends an event when a message is deleted (else only a look shows it).
    comments: everything under a brand's own post is told to it, whoever it answers.
    one_reply: a message can be answered once only.
    """

    manifest: Manifest
    root_kind: MessageKind = MessageKind.POST
    reply_kind: MessageKind = MessageKind.POST
    tells_deletes: bool = True
    comments: bool = False
    one_reply: bool = False

    @property
    def name(self) -> str:
        return self.manifest.network

    @property
    def private(self) -> bool:
        return self.root_kind is MessageKind.DIRECT

    @property
    def review(self) -> bool:
        return self.root_kind is MessageKind.REVIEW


CHIRP = Posed(
    Manifest(
        network="chirp",
        label="Chirp",
        delete_own=True,
        push=True,
        retry=Retry.NONE,
        text_limit=280,
        unit=Unit.CODE_POINTS,
        images=4,
        image_bytes=2_000_000,
        alt_text=True,
        poll_seconds=3.0,
    )
)
PLAZA = Posed(
    Manifest(
        network="plaza",
        label="Plaza",
        delete_own=True,
        hide=True,
        push=True,
        retry=Retry.IDEMPOTENCY_KEY,
        text_limit=8_000,
        unit=Unit.CODE_POINTS,
        images=1,
        image_bytes=4_000_000,
        poll_seconds=5.0,
    ),
    reply_kind=MessageKind.COMMENT,
    comments=True,
)
MEADOW = Posed(
    Manifest(
        network="meadow",
        label="Meadow",
        delete_own=True,
        retry=Retry.RECORD_KEY,
        text_limit=300,
        unit=Unit.GRAPHEMES,
        images=4,
        image_bytes=1_000_000,
        alt_text=True,
        poll_seconds=3.0,
    )
)
COURIER = Posed(
    Manifest(
        network="courier",
        label="Courier",
        private=True,
        push=True,
        retry=Retry.NONE,
        text_limit=4_096,
        unit=Unit.BYTES,
        images=1,
        image_bytes=4_000_000,
        poll_seconds=3.0,
        reply_window_hours=24,
    ),
    root_kind=MessageKind.DIRECT,
    reply_kind=MessageKind.DIRECT,
)
STARBOARD = Posed(
    Manifest(
        network="starboard",
        label="Starboard",
        delete_own=True,
        retry=Retry.IDEMPOTENCY_KEY,
        text_limit=4_000,
        unit=Unit.CODE_POINTS,
        poll_seconds=10.0,
    ),
    root_kind=MessageKind.REVIEW,
    reply_kind=MessageKind.COMMENT,
    tells_deletes=False,
    one_reply=True,
)

POSED: dict[str, Posed] = {posed.name: posed for posed in (CHIRP, PLAZA, MEADOW, COURIER, STARBOARD)}
