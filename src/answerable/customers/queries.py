"""Every read of customers that other rooms use."""

from __future__ import annotations

from collections.abc import Sequence

from answerable.customers.models import Customer, Identity
from answerable.inbox.models import Author


def customer_of(author_id: int) -> Customer:
    """The customer of an author; Customer.DoesNotExist for the brand itself."""
    return Customer.objects.get(identities__author_id=author_id)


def identities(customer: Customer) -> list[Author]:
    """Who the customer is on each network, by network."""
    return list(Author.objects.filter(identity__customer=customer).order_by("network", "handle"))


def names_of(customers: Sequence[Customer]) -> dict[int, str]:
    """What to call each customer, in one query: an agent's word, else as they call themselves."""
    names = {customer.pk: customer.name for customer in customers}
    unnamed = [pk for pk, name in names.items() if not name]
    for identity in Identity.objects.filter(customer__in=unnamed).select_related("author").order_by("pk"):
        names[identity.customer_id] = names[identity.customer_id] or str(identity.author)
    return {pk: name or "?" for pk, name in names.items()}


def handles_of(customers: Sequence[Customer]) -> dict[int, str]:
    """One handle of each customer that has any, in one query."""
    rows = Identity.objects.filter(customer__in=customers).exclude(author__handle="").order_by("-pk")
    return dict(rows.values_list("customer_id", "author__handle"))
