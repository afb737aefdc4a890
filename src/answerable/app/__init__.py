"""I own: the composition: addresses, the web server, the worker, the supervisor and the command line.
I read: every room.
I never: hold a rule of the desk."""
