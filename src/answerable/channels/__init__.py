"""I own: Account (tokens, cursor, health), the channel contract, the registry, one folder a network.
I read: core (http, secrets, clock) and people (Brand).
I never: decide what a message means, write a Message, or know a network by name outside its folder."""
