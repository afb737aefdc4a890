"""I own: histories from files: what formats there are, how a row is read, why one is refused.
I read: the file, and nothing else; computed in DuckDB, in bounded memory, on a folder of its own.
I never: talk to a network; an account known from files alone cannot be answered."""
