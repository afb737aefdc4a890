"""The right pane: who this is, what else they wrote, and how the case stands."""

from __future__ import annotations

from dataclasses import dataclass

from answerable.cases.models import Case, Wait
from answerable.customers.queries import identities, names_of
from answerable.inbox.models import Author
from answerable.people.rights import Seat

EARLIER = 10  # other cases of the customer that are listed


@dataclass(frozen=True, slots=True)
class Shown:
    """identities: on each network. earlier: other cases, newest first. waits: of this case, oldest first."""

    name: str
    identities: list[Author]
    earlier: list[Case]
    waits: list[Wait]


def customer(seat: Seat, case: Case, waits: list[Wait]) -> Shown:
    others = Case.objects.filter(brand=seat.brand, customer=case.customer).exclude(pk=case.pk)
    return Shown(
        name=names_of([case.customer])[case.customer_id],
        identities=identities(case.customer),
        earlier=list(others.order_by("-last_at", "-id")[:EARLIER]),
        waits=waits,
    )
