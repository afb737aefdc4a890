"""I own: no rows; the definitions of the measures, and the engines that compute them.
I read: inbox, cases, history; on PostgreSQL or straight from a file.
I never: write, or show a rate without what it is a rate of."""
