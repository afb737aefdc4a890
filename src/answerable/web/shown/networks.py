"""What networks are called and can do, for pages that must stand even when an adapter does not."""

from __future__ import annotations

import logging

from answerable.channels.contract import ChannelError, Manifest
from answerable.channels.line import manifest
from answerable.channels.models import Account
from answerable.channels.registry import UnknownChannel

logger = logging.getLogger(__name__)


class Networks:
    """Manifests of the accounts that one page shows, each read once."""

    def __init__(self) -> None:
        self._plans: dict[int, Manifest | None] = {}

    def plan(self, account: Account) -> Manifest | None:
        """What the account's network can do; None when its adapter cannot say."""
        if account.pk not in self._plans:
            self._plans[account.pk] = _plan(account)
        return self._plans[account.pk]

    def label(self, account: Account) -> str:
        """The network's name for people."""
        plan = self.plan(account)
        return plan.label if plan else account.network


def _plan(account: Account) -> Manifest | None:
    try:
        return manifest(account)
    except (ChannelError, UnknownChannel, ImportError) as error:
        logger.warning("account %s has no manifest: %s", account.pk, error)
        return None
