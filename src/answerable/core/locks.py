"""Order where two transactions must not interleave. Held until commit, freed by a crash: never a lock with a timeout."""

from __future__ import annotations

import hashlib

from django.db import connection


def serialise(*what: object) -> None:
    """Waits until no other transaction holds the lock of this name, and holds it to the end of ours."""
    if not connection.in_atomic_block:
        raise RuntimeError("a lock outside a transaction would be freed at once")
    digest = hashlib.blake2b("\x1f".join(map(str, what)).encode(), digest_size=8).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(digest, "big", signed=True)])
