"""I own: the webhook edge and the polls; RawEvent → Message, Author, Thread, Attachment.
I read: channels (adapters, accounts), core.
I never: decide what is owed (cases), judge what is said (triage), or throw away what a network sent."""
