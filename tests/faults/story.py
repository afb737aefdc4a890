"""What happens at the desk while its processes die: customers on several networks, two people who answer them.

The story keeps its own book of what must stand in the end; nothing of it is read from the desk.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from answerable.cases.models import CaseThread, Wait
from answerable.channels.console.world import ConsoleWorld
from answerable.channels.contract import Picture
from answerable.channels.models import Account
from answerable.channels.verbs import connect
from answerable.config import processes
from answerable.inbox.models import Message
from answerable.replies.models import Delivery, Draft
from answerable.replies.queries import latest, seen_mark
from tests.faults.agent import Agent, token
from tests.faults.house import House

BRAND = "fjellro"
KEYED, SWALLOWED, BARE = "meadow", "plaza", "chirp"  # record key, idempotency key, neither
NETWORKS = (KEYED, SWALLOWED, BARE)
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@dataclass
class Asked:
    """One customer in one thread. outcome: of the wait, as it must be in the end ("" = still waiting)."""

    network: str
    handle: str
    post: str  # id of the first question
    posts: int = 1
    outcome: str = ""
    reply: str = ""  # words of ours that must stand there once
    taken_down: bool = False


@dataclass
class Story:
    """The book, and the people who write it."""

    house: House
    world: ConsoleWorld
    anna: Agent
    lars: Agent
    asked: list[Asked] = field(default_factory=list)
    elsewhere: set[str] = field(default_factory=set)  # ids of what the brand wrote in the network's own app
    rounds: int = 0

    # ── the networks ─────────────────────────────────────────────────────────────────────────────────────────────

    def connect(self) -> None:
        """The brand's accounts; returns when every network delivers."""
        seat = self.house.team.seat(self.house.team.odd)
        for network in NETWORKS:
            connect(seat, "console", self.world.brand(network, BRAND, "secret-enough"))
        self.house.wait(lambda: len(self.world.state()["webhooks"]) == 2, "the webhooks of plaza and chirp")
        self.house.wait(lambda: all(row.cursor for row in Account.objects.all()), "the first polls")

    # ── customers ────────────────────────────────────────────────────────────────────────────────────────────────

    def asks(self, network: str, *, picture: bool = False) -> Asked:
        """A new customer mentions the brand."""
        number = len(self.asked) + 1
        media = [Picture(PNG, "image/png", "a torn tent")] if picture else []
        handle = f"customer{number}"
        post = self.world.say(network, handle, f"@{BRAND} where is order {number}?", media=media)
        self.asked.append(Asked(network, post.get("handle", handle), post["id"]))
        return self.asked[-1]

    def asks_again(self, asked: Asked) -> None:
        self.world.say(asked.network, asked.handle, f"@{BRAND} hello? order!", parent=asked.post)
        asked.posts += 1

    def edits(self, asked: Asked) -> None:
        self.world.edit(asked.network, asked.post, f"@{BRAND} where is my order? It is late.")

    def deletes(self, asked: Asked) -> None:
        """Only before it is answered."""
        self.world.delete(asked.network, asked.post)
        asked.outcome = "withdrawn"

    # ── the desk ─────────────────────────────────────────────────────────────────────────────────────────────────

    def message(self, asked: Asked) -> Message | None:
        return Message.objects.filter(network=asked.network, external_id=asked.post).first()

    def waiting(self, asked: Asked) -> Wait | None:
        """The open wait, once the desk knows all that was asked."""
        found = self.message(asked)
        waits = Wait.objects.filter(thread=found.thread_id, outcome="", asked=asked.posts) if found else None
        return waits.first() if waits else None

    def shown(self, asked: Asked) -> Wait:
        found: Wait = self.house.wait(lambda: self.waiting(asked), f"{asked} on the desk")
        return found

    def form(self, asked: Asked) -> tuple[str, dict[str, str]]:
        """What a freshly opened composer would send, and where to."""
        wait = self.shown(asked)
        asked.reply = f"Dear {asked.handle}, your order is on its way."
        fields = {"token": token(), "version": "0", "text": asked.reply}
        fields["seen"] = seen_mark(wait.thread_id, wait.author_id)
        return f"cases/{self._case(wait)}/messages/{wait.opener_id}/send", fields

    def answers(self, asked: Asked, *, clicks: int = 1) -> None:
        """Anna answers on the page; further clicks send the same form again."""
        path, fields = self.form(asked)
        for _ in range(clicks):
            self.sends(asked, path, fields)

    def sends(self, asked: Asked, path: str, fields: dict[str, str]) -> None:
        """Anna clicks on "send" until it was taken."""
        status = self.anna.click(path, **fields)
        assert status == 302, f"{asked} was not answered: {status}"
        asked.outcome = "answered"

    def decides(self, asked: Asked, reason: str = "spam") -> None:
        wait = self.shown(asked)
        status = self.anna.click(f"cases/{self._case(wait)}/waits/{wait.pk}/decide", reason=reason)
        assert status == 302, status
        asked.outcome = "excused"

    def answers_elsewhere(self, asked: Asked) -> None:
        """The brand answers in the network's own app."""
        post = self.world.say(asked.network, BRAND, f"{asked.handle}: see our page", parent=asked.post)
        self.elsewhere.add(post["id"])
        asked.outcome = "answered"

    def takes_down(self, asked: Asked) -> None:
        """Lars takes the delivered answer down again; the customer waits once more."""
        ours: Message = self.house.wait(lambda: self._ours(asked), f"our answer to {asked}")
        wait = Wait.objects.get(thread=ours.thread_id)
        status = self.lars.click(f"cases/{wait.case_id}/messages/{ours.pk}/take-down", reason="wrong order")
        assert status == 302, status
        asked.taken_down, asked.outcome = True, ""

    def look_after_unknown(self) -> None:
        """Whoever is asked by the desk about an unknown outcome looks, and says what is there."""
        for delivery in Delivery.objects.filter(state="unknown", due_at=None, draft__isnull=False):
            assert delivery.draft is not None
            self._resolve(delivery, delivery.draft)

    def _resolve(self, delivery: Delivery, draft: Draft) -> None:
        here = f"cases/{draft.case_id}/drafts/{draft.pk}"
        self.anna.click(f"{here}/look-again")
        self.house.wait(lambda: self._looked(draft, delivery), "the look that Anna asked for")
        stands = [post for post in self.world.standing(author=BRAND) if post["text"] == draft.text]
        if Delivery.objects.get(pk=delivery.pk).state != "unknown":
            return
        assert not stands, f"the desk looked and did not find what stands there: {stands}"
        self.anna.click(f"{here}/not-there")
        self.anna.click(f"{here}/try-again")

    def _looked(self, draft: Draft, before: Delivery) -> bool:
        found = latest(draft)
        assert found is not None
        return found.state != "unknown" or (found.due_at is None and found.looks > before.looks)

    def _case(self, wait: Wait) -> int:
        current = CaseThread.objects.filter(thread=wait.thread_id, customer__identities__author=wait.author_id)
        return int(current.get(current=True).case_id)

    def _ours(self, asked: Asked) -> Message | None:
        return Message.objects.filter(network=asked.network, outbound=True, text=asked.reply).first()

    def killed_answering(self, point: str, network: str) -> Asked:
        """The worker dies at this point with a reply in its hands; the reply.

        On a slow machine a lease may lapse first, and the reply reaches its end by another way: then another one tries.
        """
        for _ in range(4):
            asked = self.asks(network)
            if self._kills(asked, point):
                return asked
        raise AssertionError(f"nobody was ever killed at “{point}”")

    def _kills(self, asked: Asked, point: str) -> bool:
        house = self.house
        self.shown(asked)
        before = house.hits()[point]
        house.worker.again(point)
        self.answers(asked)
        house.wait(lambda: house.hits()[point] > before or self.delivered(asked), f"the kill at “{point}”")
        processes.pause(1.0)  # from what is recorded to the point behind it
        return house.hits()[point] > before

    def delivered(self, asked: Asked) -> bool:
        return Delivery.objects.filter(draft__text=asked.reply, state="delivered").exists()

    # ── a whole chapter ──────────────────────────────────────────────────────────────────────────────────────────

    def chapter(self, until: Callable[[], bool] = lambda: False) -> None:
        """Everything that can happen, once on each network where it can. Ends early when `until` is true."""
        self.rounds += 1
        first = [self.asks(network, picture=True) for network in NETWORKS]
        again, spam, withdrawn, later, edited = [
            self.asks(network) for network in (KEYED, SWALLOWED, BARE, KEYED, SWALLOWED)
        ]
        self.asks_again(again)
        self.edits(edited)
        self.deletes(withdrawn)
        self.world.fault(SWALLOWED, "reply", "closed_after")
        self.world.fault(KEYED, "reply", "closed_before")
        steps: list[Callable[[], Any]] = [partial(self.answers, asked) for asked in (*first, later)]
        steps += [lambda: self.decides(spam), lambda: self.answers_elsewhere(again), lambda: self.takes_down(later)]
        for step in steps:
            if until():
                return
            step()
