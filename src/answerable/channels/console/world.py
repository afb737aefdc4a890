"""The people of the console network, by HTTP: what tests, the demo and the command line steer it with."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import httpx

from answerable.channels.contract import JsonObject, Picture


@cache
def _certificates() -> ssl.SSLContext:
    """Read once: httpx would read them for every call."""
    return ssl.create_default_context()


class ConsoleRefused(Exception):
    """The console network said no; the message says why."""


class ConsoleWorld:
    """Everything that customers do on the posed networks, and everything that goes wrong there."""

    def __init__(self, url: str, control_token: str, *, timeout: float = 10.0) -> None:
        self.url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {control_token}"}
        self._timeout = timeout

    def _ask(self, control: str, /, **body: Any) -> JsonObject:
        given = {name: value for name, value in body.items() if value is not None}
        try:
            answer = httpx.post(
                f"{self.url}/control/{control}",
                content=json.dumps(given),
                headers=self._headers,
                timeout=self._timeout,
                trust_env=False,
                verify=_certificates(),
            )
        except httpx.HTTPError as error:
            raise ConsoleRefused(f"no console server answers at {self.url}: {error}") from error
        found: JsonObject = answer.json()
        if answer.status_code != 200:
            raise ConsoleRefused(found["error"]["message"])
        return found

    # ── people ───────────────────────────────────────────────────────────────────────────────────────────────────

    def account(self, network: str, handle: str, **more: Any) -> JsonObject:
        """Makes an account if there is none: name, password, brand, followers, avatar, automatic.
        Gives {"account": profile, "password"}."""
        return self._ask("account", network=network, handle=handle, **more)

    def brand(self, network: str, handle: str, password: str = "", name: str = "") -> dict[str, str]:
        """Makes a brand account; gives the values to connect with."""
        made = self.account(network, handle, brand=True, password=password or None, name=name or None)
        return {"service": self.url, "network": network, "handle": handle, "password": made["password"]}

    def rename(self, network: str, handle: str, new_handle: str = "", name: str | None = None) -> JsonObject:
        """Changes a handle, a shown name, or both; the id stays. Gives the profile."""
        profile: JsonObject = self._ask("rename", network=network, handle=handle, new_handle=new_handle, name=name)[
            "account"
        ]
        return profile

    def say(
        self,
        network: str,
        author: str,
        text: str,
        *,
        parent: str | None = None,
        quotes: str | None = None,
        to: str | None = None,
        mentions: Sequence[str] = (),
        media: Sequence[Picture] = (),
        claimed_at: datetime | str | None = None,
        at: datetime | None = None,
        language: str = "",
        key: str | None = None,
    ) -> JsonObject:
        """Writes a message as `author` (made if unknown); the post as the API shows it.

        mentions: handles, beside the @handles in the text. claimed_at: the author's clock, any text.
        at: the network's clock. key: a second say with the same key by the same author gives the first post."""
        pictures = [
            {"data": base64.b64encode(item.data).decode(), "content_type": item.content_type, "alt": item.alt}
            for item in media
        ]
        body: JsonObject = {
            "network": network,
            "as": author,
            "text": text,
            "parent": parent,
            "quotes": quotes,
            "to": to,
        }
        body |= {"mentions": list(mentions), "media": pictures, "language": language, "key": key}
        body |= {"claimed_at": claimed_at.isoformat() if isinstance(claimed_at, datetime) else claimed_at}
        post: JsonObject = self._ask("say", **body, at=at and at.isoformat(timespec="milliseconds"))["post"]
        return post

    def edit(self, network: str, post: str, text: str) -> JsonObject:
        shown: JsonObject = self._ask("edit", network=network, id=post, text=text)["post"]
        return shown

    def delete(self, network: str, post: str) -> None:
        """The author takes the message down."""
        self._ask("delete", network=network, id=post)

    # ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────

    def standing(
        self, network: str | None = None, author: str | None = None, parent: str | None = None, *, deleted: bool = False
    ) -> list[JsonObject]:
        """Every post that stands, oldest first; author is a handle. Each has also network, handle, via, key, hidden."""
        found: list[JsonObject] = self._ask(
            "standing", network=network, parent=parent, deleted=deleted, **{"as": author}
        )["posts"]
        return found

    def requests(self, network: str | None = None, verb: str | None = None) -> list[JsonObject]:
        """What brands asked, oldest first: at, verb, account, fault, status (0: never answered), body."""
        found: list[JsonObject] = self._ask("requests", network=network, verb=verb)["requests"]
        return found

    def state(self) -> JsonObject:
        """networks, accounts, faults (armed), webhooks."""
        return self._ask("state")

    # ── what goes wrong ──────────────────────────────────────────────────────────────────────────────────────────

    def fault(self, network: str, verb: str, kind: str, times: int | None = 1, **options: Any) -> None:
        """Arms a fault; times None: until cleared. Kinds and verbs: faults.py. options: retry_after, seconds, message."""
        self._ask("fault", network=network, verb=verb, kind=kind, options=options, times=times)

    def clear_faults(self, network: str = "*", verb: str = "*") -> None:
        """Disarms faults, and lets go of what a wrong_order fault held back."""
        self._ask("clear", network=network, verb=verb)

    def kill_tokens(self, network: str, handle: str) -> None:
        """Every token of the account dies; the password stays good."""
        self._ask("kill_tokens", network=network, handle=handle)

    def down(self, seconds: float) -> None:
        """The server refuses connections for a while."""
        self._ask("down", seconds=seconds)

    def inject(self, network: str, handle: str, event: JsonObject) -> str:
        """Puts any event before a brand; its id."""
        return str(self._ask("inject", network=network, handle=handle, event=event)["id"])

    # ── webhooks ─────────────────────────────────────────────────────────────────────────────────────────────────

    def webhook(self, network: str, handle: str, url: str) -> JsonObject:
        """Sets a brand's webhook without a handshake; an empty url takes it away. Gives secret and verify_token."""
        return self._ask("webhook", network=network, handle=handle, url=url)

    def replay(self, network: str, handle: str, since: int = 0) -> None:
        """Delivers everything after event number `since` to the webhook once more."""
        self._ask("replay", network=network, handle=handle, since=since)
