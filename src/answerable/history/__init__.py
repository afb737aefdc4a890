"""I own: Import (which file, when, what came of it); files in, files out.
I read: channels (the formats), inbox, customers, cases, and write through their doors for many rows at once.
I never: wake anybody: no notice, no route, no place in the queue, no delivery, unless asked with --live."""
