"""Conversations written straight into the tables, where how they came in does not matter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from answerable.cases.models import Case, CaseThread
from answerable.channels.models import Account
from answerable.customers.models import Customer, Identity
from answerable.inbox.models import Author, Message, Thread
from answerable.people.models import Brand

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
_numbers = count(1)


def account(brand: Brand) -> Account:
    found = Account.objects.filter(brand=brand).first()
    return found or Account.objects.create(brand=brand, channel="console", network="meadow", handle=brand.slug)


def author(brand: Brand, handle: str, name: str = "", *, ours: bool = False) -> Author:
    """Somebody on the network; a customer, unless ours."""
    given = {"handle": handle, "name": name, "ours": ours}
    made, new = Author.objects.get_or_create(brand=brand, network="meadow", external_id=handle, defaults=given)
    if new and not ours:
        customer = Customer.objects.create(brand=brand)
        Identity.objects.create(author=made, customer=customer, evidence="first message", since=START)
    return made


def case(brand: Brand, text: str, *, who: str = "kari", name: str = "", minute: int = 0, **more: object) -> Case:
    """A customer's case of one thread with one message."""
    by = author(brand, who, name)
    thread = Thread.objects.create(brand=brand, network="meadow", external_id=f"thread {next(_numbers)}")
    at = START + timedelta(minutes=minute)
    customer = by.identity.customer
    made = Case.objects.create(
        brand=brand, customer=customer, opened_at=at, last_at=at, live=bool(more.pop("live", True))
    )
    CaseThread.objects.create(case=made, thread=thread, customer=customer)
    says(made, text, by=by, minute=minute, **more)
    return made


def says(case: Case, text: str, *, by: Author | None = None, minute: int = 0, **more: object) -> Message:
    """One message more in the case's thread: the customer's, or `by` somebody else."""
    link = CaseThread.objects.select_related("thread").get(case=case)
    at = START + timedelta(minutes=minute)
    times = {"received_at": at, "at": at, "version_at": at}
    customer = Author.objects.get(identity__customer=case.customer)
    given = {"brand": case.brand, "network": "meadow", "account": account(case.brand), "kind": "post", **times, **more}
    made = Message.objects.create(
        external_id=f"message {next(_numbers)}", author=by or customer, thread=link.thread, text=text, **given
    )
    Case.objects.filter(pk=case.pk, last_at__lt=at).update(last_at=at)
    return made


def answer(case: Case, text: str, minute: int = 0) -> Message:
    """An answer of the brand to the case's customer."""
    customer = Author.objects.get(identity__customer=case.customer)
    us = author(case.brand, f"{case.brand.slug} itself", ours=True)
    return says(case, text, by=us, minute=minute, outbound=True, to_author=customer)
