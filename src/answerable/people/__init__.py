"""I own: Brand (the tenant), User, Role, sign-in links; the table of rights.
I read: core.
I never: fetch another room's rows; a Seat from here is what every other room asks for."""
