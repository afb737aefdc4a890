"""I own: pages, partials, static files, the event stream's address.
I read: every room, through its queries and verbs; a person's way in is people.rights.access.
I never: write a row, or decide anything that a verb should decide."""
