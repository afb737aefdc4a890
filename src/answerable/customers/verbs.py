"""Every author has a customer from its first message."""

from __future__ import annotations

from collections.abc import Collection

from django.db import IntegrityError, transaction

from answerable.core import clock
from answerable.customers.models import Customer, Identity
from answerable.inbox.models import Author

FIRST = "first message"


def ensure(author_ids: Collection[int]) -> None:
    """Gives each of these authors a customer, unless it has one or is the brand itself."""
    for author in Author.objects.filter(pk__in=author_ids, identity=None, ours=False).order_by("pk"):
        try:
            with transaction.atomic():
                customer = Customer.objects.create(brand_id=author.brand_id)
                Identity.objects.create(author=author, customer=customer, evidence=FIRST, since=clock.now())
        except IntegrityError:  # another worker was faster; its customer stands, ours is rolled back
            continue
