"""I own: Customer, and which authors are the same person, with the evidence.
I read: inbox (Author).
I never: guess two people into one."""
