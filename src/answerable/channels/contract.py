"""What a channel promises the desk, as plain data: no Django, no database, no clock of its own.

A channel is a folder with an adapter (a class that fulfils :class:`Channel`), a manifest a network, and fixtures.
The desk asks the manifest what a network can do; nobody outside the folder asks which network it is.
See docs/rooms/channels.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

JsonObject = dict[str, Any]  # a JSON object as the network sent it; shape known to its adapter alone


# ── capabilities ──────────────────────────────────────────────────────────────────────────────────────────────────


class Retry(StrEnum):
    """What makes a second attempt at the same reply safe on this network."""

    RECORD_KEY = "record_key"  # we choose the id before sending and can read it back
    IDEMPOTENCY_KEY = "idempotency_key"  # the network swallows a second request with the same key
    NONE = "none"  # neither: look for the reply among our own posts, else ask a person


class Unit(StrEnum):
    """What a network counts when it limits a text."""

    GRAPHEMES = "graphemes"
    CODE_POINTS = "code_points"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one network can do. Shown to people and asked by the desk; never `if network ==`."""

    network: str  # stored on messages and authors, e.g. "bluesky"
    label: str  # shown to people, e.g. "Bluesky"
    reply: bool = True
    private: bool = False  # has private messages that can be answered
    delete_own: bool = False  # can take down our own reply
    hide: bool = False  # can hide somebody else's comment
    edit_own: bool = False
    push: bool = False  # delivers by webhook
    poll: bool = True
    retry: Retry = Retry.NONE
    text_limit: int = 0  # in `unit`; 0 = no limit
    unit: Unit = Unit.GRAPHEMES
    images: int = 0  # how many images a reply may carry
    image_bytes: int = 0  # largest image the network takes
    alt_text: bool = False
    poll_seconds: float = 5.0  # how often to ask when nothing is wrong
    reply_window_hours: int | None = None  # after the customer's last message; None = no window


# ── errors ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Symbol(StrEnum):
    """Why a call to a network did not do what was asked. The desk decides by these, never by words."""

    UNREACHABLE = "unreachable"  # nothing was sent: no connection
    TIMEOUT = "timeout"  # sent, no answer
    RATE_LIMITED = "rate_limited"
    TOKEN_DEAD = "token_dead"  # noqa: S105  a symbol, no secret
    FORBIDDEN = "forbidden"
    REFUSED = "refused"  # the network will not take this content, ever
    TARGET_GONE = "target_gone"  # what we answer no longer exists
    TOO_LONG = "too_long"
    NOT_FOUND = "not_found"  # a handle or an object that does not exist
    BAD_CREDENTIALS = "bad_credentials"
    BAD_ANSWER = "bad_answer"  # the network said something we cannot read
    SERVER_ERROR = "server_error"
    ADDRESS_REFUSED = "address_refused"  # our own guard refused to dial this address


class ChannelError(Exception):
    """A call to a network failed.

    permanent: trying the same again cannot help.
    effect_unknown: the network may have done it (a timeout after sending, a broken answer).
    retry_after: seconds the network asked us to wait, if it said.
    """

    def __init__(
        self,
        symbol: Symbol,
        message: str,
        *,
        permanent: bool = False,
        effect_unknown: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.symbol = symbol
        self.message = message
        self.permanent = permanent
        self.effect_unknown = effect_unknown
        self.retry_after = retry_after


class BadSignature(Exception):
    """A webhook whose signature does not fit its body, is missing, or is too old."""


class Unreadable(Exception):
    """A payload that the adapter cannot read; the message says which part and why."""


# ── what comes in ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Incoming:
    """One event as the network sent it, before anybody thinks about it.

    key: the network's event id, else None (the inbox then hashes kind, object id and body).
    kind: the adapter's own word for how to parse it ("post", "notification", "gone", …).
    object_id: the network id of the message it is about ("" when it is about none).
    body: a JSON text, exactly what was sent.
    gone: it tells of a deletion (so that a delete that overtakes its post is still found).
    """

    kind: str
    object_id: str
    body: str
    key: str | None = None
    gone: bool = False


class MessageKind(StrEnum):
    POST = "post"
    COMMENT = "comment"
    DIRECT = "direct"
    MAIL = "mail"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Profile:
    """An identity on one network, as shown there. external_id never changes; handle and name may."""

    external_id: str
    handle: str = ""
    name: str = ""
    avatar_url: str = ""
    followers: int | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Media:
    """A picture or file of a message: fetched by us behind the address guard, never hot-linked."""

    url: str
    alt: str = ""
    content_type: str = ""  # as claimed by the network; the truth is read from the bytes
    data: bytes | None = None  # the file itself, where it came along


@dataclass(frozen=True, slots=True)
class History:
    """What a file tells of a message beyond what a network shows of it.

    at: when it counts from. received_at: by the desk, then. sent_here_at: a reply sent from the desk: when.
    gone_at: when it was deleted. revisions: (since when, text) before the text that it has.
    """

    at: datetime
    received_at: datetime
    sent_here_at: datetime | None = None
    gone_at: datetime | None = None
    revisions: tuple[tuple[datetime, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as the network shows it now.

    thread_id: network id of the root (its own external_id when it is the root): a network that does not tell the
        root makes its adapter fetch it.
    parent_id: what it answers, None for a root. quotes_id: what it quotes.
    mentions: external ids of the accounts named in it.
    told: the network itself told one of our accounts of it (a mention, a reply, a comment, a direct message).
    context: fetched only to complete a thread.
    claimed_at: the author's clock. indexed_at: the network's. version_at: of this version of the text (edits).
    link: public address of the message. to_ids: recipients of a private message.
    """

    external_id: str
    author: Profile
    text: str
    thread_id: str
    parent_id: str | None = None
    quotes_id: str | None = None
    kind: MessageKind = MessageKind.POST
    public: bool = True
    mentions: tuple[str, ...] = ()
    told: bool = False
    context: bool = False
    claimed_at: datetime | None = None
    indexed_at: datetime | None = None
    version_at: datetime | None = None
    edited: bool = False
    language: str = ""
    link: str = ""
    media: tuple[Media, ...] = ()
    to_ids: tuple[str, ...] = ()
    automatic: bool = False  # written by a machine of ours or theirs: ends no wait
    history: History | None = None  # it is known from a file


@dataclass(frozen=True, slots=True)
class Gone:
    """A message no longer stands on the network. at: when, by the network's clock if it said."""

    external_id: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a poll. cursor: a JSON object to hand back next time. more: ask again at once."""

    events: Sequence[Incoming]
    cursor: JsonObject
    more: bool = False


# ── what goes out ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Picture:
    data: bytes
    content_type: str
    alt: str = ""
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A reply to put on a network. key: chosen before sending by :meth:`Channel.new_key`, the same on every attempt.
    since: when the first attempt began, so that a look need not search further back. root_id: the thread's root."""

    key: str
    text: str
    parent_id: str
    root_id: str
    public: bool
    to_id: str  # external id of the author who is answered
    to_handle: str
    since: datetime
    language: str = ""
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """The network's word that a reply stands there. link: its public address, if there is one."""

    external_id: str
    at: datetime | None = None
    link: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)


# ── connecting ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Field:
    """One input of the connect form."""

    name: str
    label: str
    help: str = ""
    secret: bool = False
    default: str = ""
    required: bool = True


@dataclass(frozen=True, slots=True)
class Connected:
    """What connecting gave: who we are there, public settings, and secrets (stored encrypted)."""

    network: str
    profile: Profile
    settings: JsonObject
    secret: JsonObject


@dataclass(frozen=True, slots=True)
class Link:
    """An adapter's line to one account: its settings and secrets, and how to keep what the network renews.

    remember: called with the whole new secret when the network rotates a token.
    allow_hosts: private hosts that the operator allows (the address guard refuses all others).
    """

    external_id: str
    handle: str
    network: str
    settings: JsonObject
    secret: JsonObject
    remember: Callable[[JsonObject], None]
    allow_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Webhook:
    """A request at the webhook edge, headers in lower case."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    now: datetime


class Channel(Protocol):
    """One channel. Every method may raise ChannelError; parse and split raise Unreadable."""

    key: str
    label: str

    def connect_fields(self) -> Sequence[Field]: ...

    def connect(self, values: Mapping[str, str], *, allow_hosts: tuple[str, ...]) -> Connected:
        """Signs in with what a person typed; ChannelError with a sentence a person understands if it cannot."""

    def manifest(self, network: str, settings: JsonObject) -> Manifest: ...

    def subscribe(self, link: Link, url: str) -> None:
        """Asks the network to deliver to `url` from now on. Called only where the manifest says push."""

    def handshake(self, hook: Webhook, secret: JsonObject) -> bytes | None:
        """The body to answer a verification request with; None when this request is no handshake."""

    def verify(self, hook: Webhook, secret: JsonObject) -> None:
        """BadSignature unless the signature fits the raw body."""

    def split(self, body: bytes) -> Sequence[Incoming]:
        """Cuts one webhook body into events. Unreadable keeps the body whole, to be looked at."""

    def parse(self, incoming: Incoming, link: Link) -> Sequence[Seen | Gone]:
        """Reads one event. Pure: the same event always gives the same answer."""

    def poll(self, link: Link, cursor: JsonObject, *, watch: Sequence[str], now: datetime) -> Page:
        """What is new since cursor (with an overlap), the thread around it, our own posts made elsewhere.
        watch: external ids that the desk still cares about; those that are gone come back as events."""

    def new_key(self, now: datetime) -> str:
        """A key for one reply: a record key, an idempotency key, or a nonce."""

    def expected_id(self, link: Link, key: str) -> str | None:
        """The external id that a reply with this key will have, where the network lets us choose it."""

    def send(self, link: Link, outgoing: Outgoing) -> Receipt: ...

    def find(self, link: Link, outgoing: Outgoing) -> Receipt | None:
        """Looks whether the reply stands on the network. None means: certainly or as far as can be seen, not there."""

    def delete(self, link: Link, external_id: str) -> None:
        """Takes down our own message. Already gone is success."""

    def check(self, link: Link) -> Profile:
        """Is the token alive and the service there? The cheapest signed-in call."""

    def measure(self, text: str, manifest: Manifest) -> int:
        """Length of text as the network counts it."""
