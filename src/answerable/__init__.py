"""Answerable: the desk where a brand answers its customers."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("answerable")
except PackageNotFoundError:  # a checkout that was put on the path without being installed
    __version__ = "0"
