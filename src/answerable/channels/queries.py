"""Every read of accounts that other rooms use."""

from __future__ import annotations

from django.db.models import QuerySet

from answerable.channels.models import Account
from answerable.people.models import Brand


def accounts(brand: Brand) -> QuerySet[Account]:
    """The brand's accounts, by network and handle."""
    return Account.objects.filter(brand=brand).order_by("network", "handle")


def own_ids(brand_id: int, network: str) -> set[str]:
    """External ids of everybody on this network who is the brand itself, sister and disconnected accounts too."""
    return set(Account.objects.filter(brand_id=brand_id, network=network).values_list("external_id", flat=True))
