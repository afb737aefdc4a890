"""Connect and disconnect: every write a person makes to an account."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.db import transaction

from answerable.channels.contract import ChannelError, Connected, Field, Symbol
from answerable.channels.models import Account
from answerable.channels.registry import channel
from answerable.channels.states import ACCOUNT
from answerable.core import clock, live
from answerable.core.handover import Topic
from answerable.core.ledger import Kind, record
from answerable.core.transitions import move
from answerable.people.rights import Right, Seat, verb

CONNECTED = Topic("channels.connected")  # account_id: listen to it from now on
ADDED = Kind("account.connect", {"channel": str, "network": str})
RENEWED = Kind("account.renew", {})


@verb(Right.ADMIN)
def connect(seat: Seat, channel_key: str, values: Mapping[str, str]) -> Account:
    """Signs in on the network and keeps the account. An account already ours is renewed (new token, back in service).

    ChannelError with a sentence for people when the network says no, or when another brand holds the account.
    """
    adapter = channel(channel_key)
    missing = [field.label for field in adapter.connect_fields() if field.required and not given(values, field)]
    if missing:
        raise ChannelError(Symbol.BAD_CREDENTIALS, f"please fill in: {', '.join(missing)}", permanent=True)
    filled = {field.name: given(values, field) for field in adapter.connect_fields()}
    connected = adapter.connect(filled, allow_hosts=tuple(settings.OUTGOING_ALLOW_HOSTS))
    with transaction.atomic():
        account = _keep(seat, channel_key, connected)
        CONNECTED.publish(account_id=account.pk)
        live.tell(seat.brand.pk, "account", account.pk)
    return account


def given(values: Mapping[str, str], field: Field) -> str:
    """What was typed into a field, else its default. Only secrets keep their outer spaces."""
    typed = values.get(field.name, "")
    return (typed if field.secret else typed.strip()) or field.default


def _keep(seat: Seat, channel_key: str, connected: Connected) -> Account:
    profile = connected.profile
    found = (
        Account.objects.select_for_update().filter(network=connected.network, external_id=profile.external_id).first()
    )
    if found and found.brand_id != seat.brand.pk:
        raise ChannelError(Symbol.FORBIDDEN, f"{profile.handle} is already connected to another brand", permanent=True)
    known = found is not None
    account = found or Account(brand=seat.brand, network=connected.network, external_id=profile.external_id)
    account.channel, account.handle, account.name = channel_key, profile.handle, profile.name
    account.settings, account.secret = connected.settings, connected.secret
    account.failures, account.failing_since, account.trouble, account.trouble_text = 0, None, "", ""
    account.last_seen_at = account.next_poll_at = clock.now()
    account.save()
    if not known:
        facts = {"channel": channel_key, "network": account.network}
        record(ADDED, brand_id=seat.brand.pk, subject_id=account.pk, actor=seat.actor, data=facts)
    elif account.state == "disconnected":
        move(account, ACCOUNT, "reconnect", actor=seat.actor)
    else:
        record(RENEWED, brand_id=seat.brand.pk, subject_id=account.pk, actor=seat.actor)
        if account.state == "ailing":
            move(account, ACCOUNT, "recover", actor=seat.actor)
    return account


@verb(Right.ADMIN)
@transaction.atomic
def disconnect(seat: Seat, account_id: int) -> Account:
    """Stops listening and forgets the token; what was received stays."""
    account = Account.objects.select_for_update().get(brand=seat.brand, pk=account_id)
    move(account, ACCOUNT, "disconnect", actor=seat.actor, sealed="", next_poll_at=None)
    live.tell(seat.brand.pk, "account", account.pk)
    return account
