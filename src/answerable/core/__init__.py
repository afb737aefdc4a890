"""I own: the clock, the ledger, the transition gate, hand-over between rooms, secrets, files, the live hub.
I read: settings. Brands and actors are opaque ids to me.
I never: know a domain word (case, message, reply); import another room."""
