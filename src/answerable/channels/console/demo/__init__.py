"""I own: the invented shop Fjellro, its customers, and what they write on the posed networks.
I read: the console network through ConsoleWorld, as anybody would.
I never: say the same thing twice, also not after a restart; or touch the desk."""

from __future__ import annotations

from answerable.channels.console.demo.brand import accounts, prepare
from answerable.channels.console.demo.script import play

__all__ = ["accounts", "play", "prepare"]
