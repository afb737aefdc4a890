"""How an account is doing: kept by whoever talked to its network last."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from answerable.channels.contract import ChannelError, Symbol
from answerable.channels.models import Account
from answerable.channels.states import ACCOUNT
from answerable.core import clock, live
from answerable.core.actors import NETWORK
from answerable.core.transitions import Refused, move

PATIENCE = 3  # failures in a row before a passing trouble counts as ailing
AT_ONCE = {Symbol.TOKEN_DEAD, Symbol.BAD_CREDENTIALS, Symbol.FORBIDDEN, Symbol.ADDRESS_REFUSED}
LONGEST_WAIT = 300.0  # seconds between two tries of a poll that keeps failing


@transaction.atomic
def worked(account: Account) -> None:
    """The network answered."""
    account.last_seen_at = clock.now()
    fields = ["last_seen_at"]
    if account.failures or account.trouble:
        account.failures, account.failing_since, account.trouble, account.trouble_text = 0, None, "", ""
        fields += ["failures", "failing_since", "trouble", "trouble_text"]
    account.save(update_fields=fields)
    _shift(account, "recover", "ailing")


@transaction.atomic
def failed(account: Account, error: ChannelError) -> None:
    """The network did not answer, or said no to us as an account."""
    account.failures += 1
    account.failing_since = account.failing_since or clock.now()
    account.trouble, account.trouble_text = error.symbol, error.message[:1000]
    account.save(update_fields=["failures", "failing_since", "trouble", "trouble_text"])
    if error.symbol in AT_ONCE or account.failures >= PATIENCE:
        _shift(account, "ail", "connected", symbol=str(error.symbol))
    live.tell(account.brand_id, "account", account.pk)


def next_poll(account: Account, error: ChannelError | None, seconds: float) -> timedelta:
    """How long to wait before the next poll: the network's wish, else doubling from `seconds` while it fails."""
    if error is None:
        return timedelta(seconds=seconds)
    if error.retry_after is not None:
        return timedelta(seconds=min(max(error.retry_after, 1.0), 3600.0))
    return timedelta(seconds=min(seconds * 2.0 ** min(account.failures, 10), LONGEST_WAIT))


def _shift(account: Account, verb: str, seen: str, **data: str) -> None:
    if account.state != seen:
        return
    try:
        with transaction.atomic():
            move(account, ACCOUNT, verb, actor=NETWORK, data=data)
    except Refused:  # somebody disconnected it meanwhile, or another worker saw the same
        account.refresh_from_db(fields=["state"])
    live.tell(account.brand_id, "account", account.pk)
