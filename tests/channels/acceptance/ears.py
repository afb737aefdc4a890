"""What the mixins share: polling as the inbox does, connecting, and replies to send."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from answerable.channels.contract import (
    ChannelError,
    Gone,
    Incoming,
    JsonObject,
    Link,
    Manifest,
    Outgoing,
    Picture,
    Seen,
)
from answerable.core import clock
from tests.channels.acceptance.harness import (
    Harness,
)


@dataclass
class Ears:
    """Polls as the inbox does, and remembers what it heard."""

    harness: Harness
    link: Link
    cursor: JsonObject = field(default_factory=dict)
    heard: dict[str, Incoming] = field(default_factory=dict)

    def poll(self, *watch: str) -> list[Incoming]:
        """Everything that is new, all pages of it."""
        found: list[Incoming] = []
        for _ in range(100):
            page = self.harness.channel.poll(self.link, self.cursor, watch=watch, now=clock.now())
            self.cursor = json.loads(json.dumps(page.cursor))  # it is kept as JSON
            found += page.events
            if not page.more:
                break
        self.heard |= {key_of(event): event for event in found}
        return found

    def read(self) -> list[Seen | Gone]:
        return [one for event in self.heard.values() for one in self.harness.channel.parse(event, self.link)]

    def wait(self, external_id: str, fits: Callable[[Seen], bool] = lambda seen: True) -> Seen:
        """The message once it is heard and fits."""
        found = self._wait(lambda one: isinstance(one, Seen) and one.external_id == external_id and fits(one), ())
        assert isinstance(found, Seen)
        return found

    def wait_gone(self, external_id: str) -> Gone:
        found = self._wait(lambda one: isinstance(one, Gone) and one.external_id == external_id, (external_id,))
        assert isinstance(found, Gone)
        return found

    def _wait(self, fits: Callable[[Seen | Gone], bool], watch: Sequence[str]) -> Seen | Gone:
        until = clock.now() + timedelta(seconds=self.harness.patience)
        while True:
            self.poll(*watch)
            found = [one for one in self.read() if fits(one)]
            if found:
                return found[-1]
            assert clock.now() < until, f"not heard; heard instead: {self.read()}"
            clock.pause(0.2)


def key_of(event: Incoming) -> str:
    """The key under which the inbox stores an event."""
    return event.key or json.dumps([event.kind, event.object_id, event.body])


def unique(text: str) -> str:
    """A text that no other test wrote."""
    return f"{text} {uuid.uuid4().hex[:8]}"


class Base:
    """What the mixins share: a fresh connection, ears, and a message that waits for an answer."""

    @pytest.fixture
    def link(self, harness: Harness) -> Link:
        return connect(harness)

    @pytest.fixture
    def ears(self, harness: Harness, link: Link) -> Ears:
        return Ears(harness, link)

    @pytest.fixture
    def question(self, harness: Harness, ears: Ears) -> Seen:
        return ears.wait(harness.customer_posts(unique("Where is my tent?")))


def connect(harness: Harness) -> Link:
    """A line to the brand's account, as the desk makes it."""
    made = harness.channel.connect(harness.values(), allow_hosts=harness.allow_hosts)
    secret: JsonObject = dict(made.secret)
    return Link(
        external_id=made.profile.external_id,
        handle=made.profile.handle,
        network=made.network,
        settings=dict(made.settings),
        secret=secret,
        remember=secret.update,
        allow_hosts=harness.allow_hosts,
    )


def manifest_of(harness: Harness, link: Link) -> Manifest:
    return harness.channel.manifest(link.network, link.settings)


def reply_to(harness: Harness, question: Seen, text: str = "", pictures: tuple[Picture, ...] = ()) -> Outgoing:
    now = clock.now()
    return Outgoing(
        key=harness.channel.new_key(now),
        text=text or unique("We are looking into it."),
        parent_id=question.external_id,
        root_id=question.thread_id,
        public=question.public,
        to_id=question.author.external_id,
        to_handle=question.author.handle,
        since=now,
        language="en",
        pictures=pictures,
    )


def failure(call: Callable[[], object]) -> ChannelError:
    """The ChannelError that a call ends in."""
    with pytest.raises(ChannelError) as caught:
        call()
    assert caught.value.message, "a person must be told why"
    return caught.value
