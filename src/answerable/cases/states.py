"""The life of a case, and why a wait may be ended without an answer."""

from __future__ import annotations

from answerable.core.actors import ActorKind
from answerable.core.transitions import PERSON, Graph, Move

# Reasons of a decision. Excused: nobody was owed an answer. Unanswered: somebody was, and got none.
EXCUSED = ("spam", "duplicate", "not_for_us", "abuse", "nothing_to_answer")
UNANSWERED = ("too_late", "gave_up", "other")
ELSEWHERE = "answered_elsewhere"
REASONS = (*EXCUSED, *UNANSWERED, ELSEWHERE)
DONE = "done"  # closing a case in which nobody waits any more

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
