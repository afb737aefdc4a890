"""I own: how Bluesky (the AT Protocol) is read, written and signed in to.
I read: the channel contract, core.http, core.clock.
I never: touch the database, follow an address outside the guard, or decide what a post means."""
