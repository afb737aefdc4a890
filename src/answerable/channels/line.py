"""From an Account row to the plain data an adapter works with."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings

from answerable.channels.archive.record import ARCHIVE, FROM_FILES
from answerable.channels.contract import Channel, ChannelError, JsonObject, Link, Manifest, Symbol, Webhook
from answerable.channels.models import Account
from answerable.channels.registry import channel
from answerable.core import clock
from answerable.core.secrets import UnreadableSecret


def adapter(account: Account) -> Channel:
    return channel(account.channel)


def reader(account: Account, kind: str) -> Channel:
    """Who reads an event of this kind: the account's adapter, or the archive's for what came from a file."""
    return channel(ARCHIVE if kind in FROM_FILES else account.channel)


def manifest(account: Account) -> Manifest:
    """What this account's network can do."""
    return channel(account.channel).manifest(account.network, account.settings)


def link(account: Account, *, talking: bool = True) -> Link:
    """The adapter's line to this account; a token that the network renews is stored at once.

    talking False: only for reading what came in, so no secret is opened.
    ChannelError when the key file does not open the account's secret.
    """

    def remember(secret: JsonObject) -> None:
        before, account.secret = account.sealed, secret
        # Only over what we opened: somebody may have connected anew, or disconnected, since.
        here = Account.objects.filter(pk=account.pk, sealed=before).exclude(state="disconnected")
        here.update(sealed=account.sealed)

    return Link(
        external_id=account.external_id,
        handle=account.handle,
        network=account.network,
        settings=account.settings,
        secret=_opened(account) if talking else {},
        remember=remember,
        allow_hosts=tuple(settings.OUTGOING_ALLOW_HOSTS),
    )


def _opened(account: Account) -> JsonObject:
    try:
        return account.secret
    except UnreadableSecret as error:
        raise ChannelError(Symbol.TOKEN_DEAD, f"{error}, or connect the account again", permanent=True) from error


def webhook(method: str, headers: Mapping[str, str], query: Mapping[str, str], body: bytes) -> Webhook:
    """A request at the edge as adapters read it."""
    lowered = {name.lower(): value for name, value in headers.items()}
    return Webhook(method, lowered, dict(query), body, clock.now())
