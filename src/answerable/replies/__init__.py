"""I own: Draft, Delivery; the way from an agent's words to a receipt, once and only once.
I read: cases, inbox (threads, messages), channels (adapters).
I never: send twice, resend blindly, drop a failure, or end a wait (the delivered message does)."""
