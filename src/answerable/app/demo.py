"""The living demo at the desk's side: a brand whose accounts are connected to the console network beside it."""

from __future__ import annotations

import logging

from django.conf import settings
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from answerable.channels.console.demo import accounts
from answerable.channels.console.demo.brand import NAME
from answerable.channels.models import Account
from answerable.channels.verbs import connect
from answerable.people.founding import found
from answerable.people.models import Brand, RoleName, User
from answerable.people.rights import Seat

logger = logging.getLogger(__name__)


def seed(user: User) -> None:
    """Makes the demo brand when there is no brand at all, and has its accounts connected. At every start."""
    brand = Brand.objects.filter(demo=True).first()
    if brand is None and not Brand.objects.exists():
        brand = found(user, NAME, demo=True)
    if brand is not None:
        connect_accounts.defer(brand_id=brand.pk)


# The console network starts beside us: it may take a moment until it answers.
@app.task(queue="default", name="app.connect_demo", retry=RetryStrategy(max_attempts=30, wait=1))
def connect_accounts(brand_id: int) -> None:
    """Connects the demo brand on every posed network, where it is not connected there already."""
    brand = Brand.objects.get(pk=brand_id)
    role = brand.roles.select_related("user").filter(name=RoleName.ADMIN).order_by("pk").first()
    if role is None:
        logger.warning("the demo brand has no admin; its accounts are left alone")
        return
    seat = Seat(brand, role.user, RoleName.ADMIN)
    service = f"http://127.0.0.1:{settings.CONSOLE_PORT}"
    for values in accounts(settings.CONSOLE_FILE, service):
        there = Account.objects.filter(brand=brand, network=values["network"], channel="console")
        # One that somebody disconnected stays so; one whose network moved to another port follows it.
        if not there.exists() or there.exclude(state="disconnected").exclude(settings__service=service).exists():
            connect(seat, "console", values)
