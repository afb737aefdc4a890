"""A desk's line to a real account, without the desk: it polls, remembers, and replies."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from answerable.channels.bluesky.adapter import Bluesky
from answerable.channels.contract import ChannelError, Incoming, JsonObject, Link, Outgoing, Seen
from answerable.core import clock
from testbed.bluesky_network import Person, patiently
from tests.channels.acceptance import unique

ALLOWED = ("127.0.0.1",)


@dataclass
class Desk:
    """A brand's line as the desk holds it, with what it heard."""

    brand: Person
    link: Link
    channel: Bluesky = field(default_factory=Bluesky)
    cursor: JsonObject = field(default_factory=dict)
    heard: dict[str, Incoming] = field(default_factory=dict)

    def poll(self, *watch: str, later: timedelta = timedelta()) -> list[Incoming]:
        page = self.channel.poll(self.link, self.cursor, watch=watch, now=clock.now() + later)
        self.cursor = json.loads(json.dumps(page.cursor))
        fresh = [event for event in page.events if event.key not in self.heard]
        self.heard |= {str(event.key): event for event in page.events}
        return fresh

    def seen(self, uri: str) -> list[Seen]:
        events = [event for event in self.heard.values() if event.object_id == uri and not event.gone]
        return [one for event in events for one in self.channel.parse(event, self.link) if isinstance(one, Seen)]

    def wait(self, uri: str, *, later: timedelta = timedelta()) -> Seen:
        def ask() -> Seen:
            self.poll(later=later)
            return self.seen(uri)[-1]

        found: Seen = patiently(ask)
        return found

    def reply(self, question: Seen, text: str = "", **more: object) -> Outgoing:
        now = clock.now()
        made = Outgoing(
            key=self.channel.new_key(now),
            text=text or unique("We are looking into it."),
            parent_id=question.external_id,
            root_id=question.thread_id,
            public=True,
            to_id=question.author.external_id,
            to_handle=question.author.handle,
            since=now,
            language="en",
        )
        return replace(made, **more)  # type: ignore[arg-type]  # the fields are given by name

    def fails(self, call: Callable[[], object]) -> ChannelError:
        with pytest.raises(ChannelError) as caught:
            call()
        return caught.value


def connected(brand: Person) -> Desk:
    values = {"handle": brand.handle, "password": brand.app_password("desk"), "service": brand.pds}
    made = Bluesky().connect(values, allow_hosts=ALLOWED)
    secret: JsonObject = dict(made.secret)
    return Desk(
        brand,
        Link(made.profile.external_id, made.profile.handle, "bluesky", made.settings, secret, secret.update, ALLOWED),
    )
