"""How the console network says no: a status, a code for machines, a sentence for people."""

from __future__ import annotations


class Refusal(Exception):
    """An answer other than 2xx."""

    def __init__(self, status: int, code: str, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after


def bad_request(message: str) -> Refusal:
    return Refusal(400, "bad_request", message)
