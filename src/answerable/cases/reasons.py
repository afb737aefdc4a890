"""Why a wait may be ended without an answer, and what that counts as. Pure."""

from __future__ import annotations

# Excused: nobody was owed an answer. Unanswered: somebody was, and got none.
EXCUSED = ("spam", "duplicate", "not_for_us", "abuse", "nothing_to_answer")
UNANSWERED = ("too_late", "gave_up", "other")
ELSEWHERE = "answered_elsewhere"
REASONS = (*EXCUSED, *UNANSWERED, ELSEWHERE)
DONE = "done"  # closing a case in which nobody waits any more
