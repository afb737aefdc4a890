"""The life of an account."""

from __future__ import annotations

from answerable.core.actors import ActorKind
from answerable.core.transitions import PERSON, Graph, Move

MACHINE = frozenset({ActorKind.NETWORK, ActorKind.CLOCK})

# "ailing" still ingests whatever arrives and keeps trying: listening never stops because sending did.
ACCOUNT = Graph(
    "account",
    initial="connected",
    moves=[
        Move("ail", ("connected",), "ailing", by=MACHINE, data={"symbol": str}),
        Move("recover", ("ailing",), "connected"),
        Move("disconnect", ("connected", "ailing"), "disconnected", by=PERSON),
        Move("reconnect", ("disconnected",), "connected", by=PERSON),
    ],
)
