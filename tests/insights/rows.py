"""Histories of waits as finished rows, for tests of what is counted: no network, no settling."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from answerable.cases.models import Case, Decision, Wait
from answerable.channels.models import Account
from answerable.customers.models import Customer, Identity
from answerable.inbox.models import Author, Message, Thread
from answerable.people.models import Brand, User

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday


@dataclass
class History:
    """Waits of one brand, each of a customer of its own."""

    brand: Brand
    accounts: dict[str, Account] = field(default_factory=dict)
    numbers: count[int] = field(default_factory=lambda: count(1))

    def account(self, network: str, handle: str) -> Account:
        if handle not in self.accounts:
            given = {"channel": "console", "network": network, "external_id": f"{self.brand.slug}-{handle}"}
            self.accounts[handle] = Account.objects.create(
                brand=self.brand, handle=handle, state="disconnected", **given
            )
        return self.accounts[handle]

    def wait(
        self,
        started: datetime,
        outcome: str = "answered",
        after: float = 600,
        *,
        network: str = "meadow",
        handle: str = "",
        language: str = "en",
        text: str = "where is my parcel?",
        name: str = "",
        first: bool = True,
        negative: bool = False,
        reason: str = "",
        user: User | None = None,
        asked: int = 1,
    ) -> Wait:
        """One wait with the message that opened it. after: seconds until it ended."""
        number = next(self.numbers)
        account = self.account(network, handle or f"fjellro-{network}")
        basis = {"brand": self.brand, "network": network}
        author = Author.objects.create(
            external_id=f"a{number}", name=name or f"Kari {number}", handle=f"kari{number}", **basis
        )
        customer = Customer.objects.create(brand=self.brand)
        Identity.objects.create(author=author, customer=customer, evidence="first message", since=started)
        thread = Thread.objects.create(external_id=f"t{number}", **basis)
        opener = self._message(account, thread, author, f"m{number}", started, text, language=language)
        ended = None if not outcome else started + timedelta(seconds=after)
        case = Case.objects.create(brand=self.brand, customer=customer, opened_at=started, last_at=started, live=False)
        case.threads.create(thread=thread, customer=customer)
        decision = answer = None
        if outcome == "answered":
            answer = self._message(
                account, thread, author, f"r{number}", ended or started, "It is on its way.", out=True
            )
        elif reason:
            decision = Decision.objects.create(
                case=case, thread=thread, author=author, reason=reason, user=user, at=ended or started
            )
        return Wait.objects.create(
            brand=self.brand, case=case, author=author, thread=thread, opener=opener, last_ask=opener, asked=asked,
            started_at=started, outcome=outcome, ended_at=ended, answer=answer, decision=decision,
            calendar_us=None if ended is None else round(after * 1_000_000), negative=negative, first=first,
        )  # fmt: skip

    def _message(
        self, account: Account, thread: Thread, author: Author, key: str, at: datetime, text: str,
        language: str = "", out: bool = False,
    ) -> Message:  # fmt: skip
        return Message.objects.create(
            brand=self.brand, network=account.network, external_id=key, account=account, author=author, thread=thread,
            kind="post", outbound=out, addressed=not out, text=text, language=language, received_at=at, at=at,
            version_at=at, imported=True,
        )  # fmt: skip

    def random(self, dice: random.Random, many: int, days: int, people: list[User]) -> None:
        """Anything that can be, with times that fall on the edges of bins and days often enough."""
        for _ in range(many):
            started = START + timedelta(seconds=dice.randrange(days * 86_400))
            if dice.random() < 0.2:
                started = started.replace(minute=0, second=0)
            outcome = dice.choice(
                ["answered"] * 5 + ["", "excused", "closed_unanswered", "withdrawn", "answered_elsewhere"]
            )
            reasons = {
                "excused": ["spam", "abuse"],
                "closed_unanswered": ["too_late"],
                "answered_elsewhere": ["answered_elsewhere"],
            }
            negative = outcome == "answered" and dice.random() < 0.1
            network = dice.choice(["meadow", "chirp"])
            self.wait(
                started, outcome, 0 if negative else dice.choice([60, 300, 301, 3600, dice.random() * 900_000]),
                network=network, handle=dice.choice([f"{network}-a", f"{network}-b"]),
                language=dice.choice(["nb", "nb-NO", "EN", "", "sk"]), first=dice.random() < 0.7, negative=negative,
                reason=dice.choice(reasons.get(outcome, [""])), user=dice.choice([*people, None]), asked=dice.randrange(1, 4),
            )  # fmt: skip
