"""A console server and its people, as the acceptance suite and the other tests want them."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

from answerable.channels.console import signing
from answerable.channels.console.adapter import Console
from answerable.channels.console.networks import POSED
from answerable.channels.console.server import ConsoleServer
from answerable.channels.contract import Channel, Connected, Incoming, Picture, Webhook
from answerable.core import clock
from tests.channels import acceptance
from tests.channels.acceptance import Standing, unique

BRAND, PASSWORD = "fjellro", "correct horse"


class Impatient(Console):
    """The adapter with a short timeout, so that a silence of the network is noticed soon."""

    def connect(self, values: Mapping[str, str], *, allow_hosts: tuple[str, ...]) -> Connected:
        made = super().connect(values, allow_hosts=allow_hosts)
        return replace(made, settings=made.settings | {"timeout": 0.5})


@dataclass
class ConsoleHarness:
    """A console server and its people, as the acceptance suite wants them."""

    server: ConsoleServer
    network: str
    channel: Channel = field(default_factory=Impatient)
    allow_hosts: tuple[str, ...] = ("127.0.0.1",)
    patience: float = 5.0
    longest: int = 100_000

    def __post_init__(self) -> None:
        self.world = self.server.world
        self.connected = self.world.brand(self.network, BRAND, PASSWORD, "Fjellro")
        self.posed = POSED[self.network]

    def values(self) -> dict[str, str]:
        return dict(self.connected)

    def wrong_password(self) -> dict[str, str]:
        return self.values() | {"password": "wrong"}

    def unknown_handle(self) -> dict[str, str]:
        return self.values() | {"handle": "nobody"}

    def unreachable(self) -> dict[str, str]:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            return self.values() | {"service": f"http://127.0.0.1:{free.getsockname()[1]}"}

    def customer_posts(self, text: str, *, mention: bool = True, claimed_at: str | None = None, who: int = 0) -> str:
        addressed = self.posed.private or self.posed.review
        mentions = [BRAND] if mention and not addressed else []
        # A private conversation is one thread for ever, so every root there is somebody else's.
        author = unique("kari").replace(" ", "-") if addressed else f"kari{who}"
        post = self.world.say(self.network, author, text, mentions=mentions, claimed_at=claimed_at)
        return str(post["id"])

    def customer_replies(self, parent: str, text: str, *, mention: bool = False, who: int = 0) -> str:
        author = self._customer_of(parent) if self.posed.private or self.posed.review else f"kari{who}"
        mentions = [BRAND] if mention else []
        return str(self.world.say(self.network, author, text, parent=parent, mentions=mentions)["id"])

    def _customer_of(self, parent: str) -> str:
        posts = {post["id"]: post for post in self.world.standing(self.network)}
        return str(posts[posts[parent]["root"]]["handle"])

    def customer_quotes(self, quoted: str, text: str) -> str:
        return str(self.world.say(self.network, "kari0", text, quotes=quoted)["id"])

    def customer_edits(self, external_id: str, text: str) -> None:
        self.world.edit(self.network, external_id, text)

    def customer_deletes(self, external_id: str) -> None:
        self.world.delete(self.network, external_id)

    def customer_posts_picture(self, text: str, alt: str) -> str:
        picture = Picture(acceptance.Pictures.PNG, "image/png", alt)
        mentions = [] if self.posed.private else [BRAND]
        return str(self.world.say(self.network, "kari0", text, media=[picture], mentions=mentions)["id"])

    def alt_texts(self, external_id: str) -> Sequence[str]:
        found = [post for post in self.world.standing(self.network) if post["id"] == external_id]
        return [item["alt"] for item in found[0]["media"]]

    def brand_posts_elsewhere(self, text: str, parent: str | None = None) -> str:
        return str(self.world.say(self.network, BRAND, text, parent=parent)["id"])

    def standing_replies(self, parent: str) -> Sequence[Standing]:
        found = self.world.standing(self.network, BRAND, parent)
        return [Standing(post["id"], post["text"]) for post in found]

    def break_token(self) -> None:
        self.world.kill_tokens(self.network, BRAND)

    def limit_next(self, retry_after: float | None) -> None:
        self.world.fault(self.network, "reply", "rate_limited", retry_after=retry_after)

    def refuse_next(self) -> None:
        self.world.fault(self.network, "reply", "refused")

    def time_out_before_effect(self) -> None:
        self.world.fault(self.network, "reply", "timeout_before")

    def time_out_after_effect(self) -> None:
        self.world.fault(self.network, "reply", "timeout_after")

    @contextmanager
    def service_down(self) -> Iterator[None]:
        self.server.down()
        try:
            yield
        finally:
            self.server.up()

    def malformed(self) -> Incoming:
        return Incoming("post", "", json.dumps({"type": "post", "post": {"id": 17, "text": None}}))

    def with_unknown_fields(self, incoming: Incoming) -> Incoming:
        event = json.loads(incoming.body) | {"colour": [1, {"a": None}]}
        event["post"] |= {"colour": "green", "author": event["post"]["author"] | {"shoe_size": 43}}
        return replace(incoming, body=json.dumps(event))

    def signed(self, body: bytes, *, age: timedelta = timedelta()) -> Webhook:
        secret = self.world.webhook(self.network, BRAND, "")["secret"]
        headers = {signing.HEADER: signing.header(secret, clock.now() - age, body)}
        return Webhook("POST", headers, {}, body, clock.now())

    def delivery(self) -> bytes:
        post = self.customer_posts(unique("By webhook."))
        row = self.server.store.must("SELECT body FROM events WHERE post = ?", post)
        return b'{"object":"console","events":[' + str(row["body"]).encode() + b"]}"

    def challenge(self) -> tuple[Webhook, bytes]:
        token = self.world.webhook(self.network, BRAND, "")["verify_token"]
        query = {"console.challenge": "abc123", "console.token": token}
        return Webhook("GET", {}, query, b"", clock.now()), b"abc123"
