"""``answerable rotate-keys``: a fresh key, and every secret under it."""

from __future__ import annotations

import argparse

NAME = "rotate-keys"
HELP = "Make a new encryption key and encrypt every stored secret with it; the old keys stay in the key file."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def handle(args: argparse.Namespace) -> int:
    """Safe to interrupt and to run again: both keys open everything at every moment."""
    from answerable.app import boot

    with boot.desk():
        from django.conf import settings
        from django.db import transaction

        from answerable.channels.models import Account
        from answerable.core import secrets

        secrets.add_key()
        with transaction.atomic():
            accounts = list(Account.objects.select_for_update().exclude(sealed="").order_by("pk"))
            for account in accounts:
                account.sealed = secrets.reseal(account.sealed)
            Account.objects.bulk_update(accounts, ["sealed"])
        boot.say(f"{len(accounts)} secrets are under the new key. Back up {settings.ENCRYPTION_KEYS_FILE}.")
    return 0
