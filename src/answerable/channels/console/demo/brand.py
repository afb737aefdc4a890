"""The demo's brand: one account a network, and the file from which the desk learns how to sign in there."""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from pathlib import Path

from answerable.channels.console.world import ConsoleWorld

NAME = "Fjellro"
HANDLES = {
    "chirp": "fjellro",
    "plaza": "fjellro.friluft",
    "meadow": "fjellro.meadow",
    "courier": "fjellro",
    "starboard": "fjellro-bergen",
}


def accounts(file: Path, service: str) -> list[dict[str, str]]:
    """Values to connect with, one a network. file: the console server's own; whoever asks first makes the password."""
    password = _password(file)
    return [
        {"service": service, "network": network, "handle": handle, "password": password}
        for network, handle in HANDLES.items()
    ]


def prepare(world: ConsoleWorld, file: Path) -> None:
    """Makes the brand's accounts on a running server."""
    for values in accounts(file, world.url):
        world.brand(values["network"], values["handle"], values["password"], NAME)


def _password(file: Path) -> str:
    """Kept beside the server's file, for its owner's eyes only. The server and the desk may both be the first."""
    path = file.with_name(file.name + ".accounts.json")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        with open(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as out:
            json.dump({"password": secrets.token_urlsafe(18)}, out)
        with suppress(FileExistsError):
            os.link(aside, path)  # complete or not at all, and never over another's
        aside.unlink()
    found: str = json.loads(path.read_text(encoding="utf-8"))["password"]
    return found
