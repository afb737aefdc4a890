"""Why a command cannot be done."""

from __future__ import annotations


class Refusal(Exception):
    """The text says what is wrong and what to do; it is shown without a stack trace."""
