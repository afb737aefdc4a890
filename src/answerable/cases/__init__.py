"""I own: Case, Wait, Decision, Note; the arithmetic of waits; the order of the queue; search.
I read: inbox (messages), customers, people.
I never: send anything, or end a wait without a delivered reply, a decision, or the author's own deletion."""
