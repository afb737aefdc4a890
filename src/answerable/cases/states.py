"""The life of a case, and why a wait may be ended without an answer."""

from __future__ import annotations

from answerable.cases.reasons import DONE, REASONS
from answerable.core.actors import ActorKind
from answerable.core.transitions import PERSON, Graph, Move

WAKERS = frozenset({ActorKind.PERSON, ActorKind.CUSTOMER, ActorKind.CLOCK})
REOPENERS = frozenset({ActorKind.PERSON, ActorKind.CUSTOMER})

CASE = Graph(
    "case",
    initial="open",
    moves=[
        Move("snooze", ("open",), "snoozed", by=PERSON, data={"until": str}),
        Move("wake", ("snoozed",), "open", by=WAKERS),
        Move("close", ("open", "snoozed"), "closed", by=PERSON, reasons=(*REASONS, DONE)),
        Move("reopen", ("closed",), "open", by=REOPENERS),
        Move("undo_close", ("closed",), "open", by=PERSON),
    ],
)
