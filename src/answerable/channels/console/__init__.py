"""I own: the simulated network that ships with the product (its server, its faults, its people) and its adapter.
I read: channels.contract, core (clock, http).
I never: touch the desk's database; the adapter knows the server only by HTTP, as with any other network."""
