"""A brand's history → lines of the format in docs/guides/import.md, which an import reads back.

Order: accounts, messages as they were stored, then what people did, by time. Memory: one page of rows and about 24 MB of
files. Queries: a fixed number a page, and one more for every 16 MB of files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from answerable.history.export_acts import acts, count_acts
from answerable.history.export_messages import messages
from answerable.history.export_shape import Record, kept
from answerable.inbox.models import Message
from answerable.people.models import Brand

LONGEST = 16 * 1024 * 1024  # bytes; longer lines are refused by an import


@contextmanager
def one_moment() -> Iterator[None]:
    """Everything read inside is the database as it is now, whatever others write meanwhile; nothing can be written.

    Not inside another transaction: PostgreSQL takes the level only before the first query.
    """
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def records(brand: Brand, *, with_files: bool = True) -> Iterator[Record]:
    """Every line of the brand's export. with_files False: of a picture only address, words and type."""
    yield from accounts(brand)
    yield from messages(brand, with_files=with_files)
    yield from acts(brand)


def accounts(brand: Brand) -> Iterator[Record]:
    """Who the brand is on each network, disconnected accounts too."""
    for account in brand.accounts.order_by("network", "pk"):
        yield {"type": "account", "network": account.network, "id": account.external_id} | kept(
            {"handle": account.handle, "name": account.name}
        )


def count(brand: Brand) -> int:
    """How much there is to write, in messages and acts: for showing how far it is."""
    return Message.objects.filter(brand=brand).count() + count_acts(brand)


def line(record: Record) -> bytes:
    """One line of the file, with its end. Text stands as it is, not escaped."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
