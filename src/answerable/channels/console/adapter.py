"""The console channel: the desk's side of a posed network. Speaks HTTP like any other; keeps nothing."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from answerable.channels.console import parse, signing
from answerable.channels.console.client import ask, bad_answer, call
from answerable.channels.console.networks import POSED
from answerable.channels.console.sizes import size
from answerable.channels.contract import (
    ChannelError,
    Connected,
    Field,
    Gone,
    Incoming,
    JsonObject,
    Link,
    Manifest,
    Outgoing,
    Page,
    Picture,
    Profile,
    Receipt,
    Retry,
    Seen,
    Symbol,
    Unreadable,
    Webhook,
)

PAGE = 50  # events a poll asks for at once
OVERLAP = 10  # events asked for again, in case one was numbered before it could be seen
THREADS = 20  # threads fetched for one page
WATCHED = 500  # ids looked at in one call
LOOK_PAGES = 20  # pages of our own posts searched for a reply
SKEW = timedelta(minutes=1)  # between our clock and the network's, when looking for a reply by its time


class Console:
    """Fulfils channels.contract.Channel for every network in networks.POSED."""

    key = "console"
    label = "Console (demo network)"

    def connect_fields(self) -> Sequence[Field]:
        names = ", ".join(POSED)
        return (
            Field("service", "Address of the console server", default="http://127.0.0.1:8010"),
            Field("network", "Network", help=f"One of: {names}", default="chirp"),
            Field("handle", "Handle", help="The brand's name there, with or without @"),
            Field("password", "Password", secret=True),
        )

    def connect(self, values: Mapping[str, str], *, allow_hosts: tuple[str, ...]) -> Connected:
        network, service = values.get("network", ""), values.get("service", "").strip().rstrip("/")
        if network not in POSED:
            known = ", ".join(POSED)
            raise ChannelError(Symbol.NOT_FOUND, f"there is no network “{network}”; known: {known}", permanent=True)
        body = {"handle": values.get("handle", "").strip().removeprefix("@"), "password": values.get("password", "")}
        answer = call("POST", f"{service}/api/{network}/session", allow_hosts, effect=False, json=body)
        hook, token = answer.get("webhook"), answer.get("token")
        if not isinstance(token, str) or not isinstance(hook, dict):
            raise bad_answer("a sign-in without a token", effect=False)
        secret = {"token": token, "hook_secret": hook.get("secret", ""), "hook_token": hook.get("verify_token", "")}
        return Connected(network, _profile(answer), {"service": service}, secret)

    def manifest(self, network: str, settings: JsonObject) -> Manifest:
        """The network's manifest; text_limit and poll_seconds can be set for an account."""
        if network not in POSED:
            raise ChannelError(Symbol.NOT_FOUND, f"there is no network “{network}”", permanent=True)
        own = {name: settings[name] for name in ("text_limit", "poll_seconds") if name in settings}
        return replace(POSED[network].manifest, **own)

    # ── coming in ────────────────────────────────────────────────────────────────────────────────────────────────

    def subscribe(self, link: Link, url: str) -> None:
        """Asks the network to deliver to `url` from now on; it shakes hands with that address at once."""
        ask(link, "POST", "webhook", json={"url": url})

    def handshake(self, hook: Webhook, secret: JsonObject) -> bytes | None:
        if hook.method != "GET" or "console.challenge" not in hook.query:
            return None
        expected = str(secret.get("hook_token", ""))
        if not expected or not hmac.compare_digest(expected.encode(), hook.query.get("console.token", "").encode()):
            return None
        return hook.query["console.challenge"].encode()

    def verify(self, hook: Webhook, secret: JsonObject) -> None:
        signing.check(hook.headers, str(secret.get("hook_secret", "")), hook.body, hook.now)

    def split(self, body: bytes) -> Sequence[Incoming]:
        return parse.split(body)

    def parse(self, incoming: Incoming, link: Link) -> Sequence[Seen | Gone]:
        return parse.read(incoming)

    def poll(self, link: Link, cursor: JsonObject, *, watch: Sequence[str], now: datetime) -> Page:
        last = int(cursor.get("seq", 0))
        answer = ask(link, "GET", "events", params={"since": max(0, last - OVERLAP), "limit": PAGE})
        try:
            numbered = [(int(item["seq"]), item["event"]) for item in answer["events"]]
            seq, more = max(last, int(answer["next"])), bool(answer["more"])
        except (KeyError, TypeError, ValueError):
            raise bad_answer("a page of events that cannot be read", effect=False) from None
        found = [parse.incoming(event) for _, event in numbered]
        found += self._threads(link, [event for number, event in numbered if number > last])
        if not more:
            found += self._gone(link, watch)
        return Page(found, {"seq": seq}, more)

    def _threads(self, link: Link, events: Sequence[object]) -> list[Incoming]:
        """What others wrote in the threads of new events, without what these events tell themselves."""
        posts = [event["post"] for event in events if isinstance(event, dict) and isinstance(event.get("post"), dict)]
        roots = dict.fromkeys(
            post["root"] for post in posts if post.get("parent") and isinstance(post.get("root"), str)
        )
        told = {str(post.get("id")) for post in posts}
        found: list[Incoming] = []
        for root in list(roots)[:THREADS]:
            posts = _posts(ask(link, "GET", "thread", params={"root": root}))
            # Our own posts always come as events; told as context they would look fetched, not written.
            others = (post for post in posts if post.get("id") not in told and _author(post) != link.external_id)
            found += [parse.context(post) for post in others]
        return found

    def _gone(self, link: Link, watch: Sequence[str]) -> list[Incoming]:
        found: list[Incoming] = []
        for start in range(0, len(watch), WATCHED):
            answer = ask(link, "POST", "look", json={"ids": list(watch[start : start + WATCHED])})
            found += [parse.gone(str(item["id"]), item.get("deleted_at")) for item in answer.get("gone", [])]
        return found

    # ── going out ────────────────────────────────────────────────────────────────────────────────────────────────

    def new_key(self, now: datetime) -> str:
        """Sortable by time, and unique."""
        return f"{int(now.astimezone(UTC).timestamp() * 1000):x}-{secrets.token_hex(6)}"

    def expected_id(self, link: Link, key: str) -> str | None:
        return f"{link.external_id}/{key}" if _retry(link) is Retry.RECORD_KEY else None

    def send(self, link: Link, outgoing: Outgoing) -> Receipt:
        media = [self._upload(link, picture) for picture in outgoing.pictures]
        body: JsonObject = {"parent": outgoing.parent_id, "text": outgoing.text, "media": media}
        body |= {"language": outgoing.language}
        headers = {}
        if _retry(link) is Retry.RECORD_KEY:
            body["key"] = outgoing.key
        elif _retry(link) is Retry.IDEMPOTENCY_KEY:
            headers["Idempotency-Key"] = outgoing.key
        try:
            answer = ask(link, "POST", "replies", effect=True, json=body, headers=headers)
        except ChannelError as error:
            return self._already(link, outgoing, error)
        return _receipt(answer.get("post"))

    def _already(self, link: Link, outgoing: Outgoing, error: ChannelError) -> Receipt:
        """A record key that is taken: by us, since nobody else writes in our name with our keys."""
        if _retry(link) is Retry.RECORD_KEY and error.symbol is Symbol.REFUSED:
            known = self.find(link, outgoing)
            if known is not None:
                return known
        raise error

    def _upload(self, link: Link, picture: Picture) -> JsonObject:
        """An uploaded picture stands nowhere yet: without an answer nothing has happened that anybody could see."""
        headers = {"Content-Type": picture.content_type}
        answer = ask(link, "POST", "media", content=picture.data, headers=headers)
        return {"id": answer.get("id", ""), "alt": picture.alt}

    def find(self, link: Link, outgoing: Outgoing) -> Receipt | None:
        if _retry(link) is Retry.NONE:
            return self._find_own(link, outgoing)
        try:
            answer = ask(link, "GET", "post", params={"key": outgoing.key})
        except ChannelError as error:
            if error.symbol is Symbol.NOT_FOUND:
                return None
            raise
        return _receipt(answer.get("post"))

    def _find_own(self, link: Link, outgoing: Outgoing) -> Receipt | None:
        """Our first post since the attempt began, under the same parent and with the same text."""
        since = (outgoing.since - SKEW).astimezone(UTC).isoformat(timespec="milliseconds")
        after = 0
        for _ in range(LOOK_PAGES):
            answer = ask(link, "GET", "own", params={"since": since, "after": after})
            for post in _posts(answer):
                if post.get("parent") == outgoing.parent_id and post.get("text") == outgoing.text:
                    return _receipt(post)
            if not answer.get("more"):
                return None
            after = int(answer["next"])
        raise ChannelError(Symbol.BAD_ANSWER, "there are too many own posts to search through")

    def delete(self, link: Link, external_id: str) -> None:
        try:
            ask(link, "POST", "delete", effect=True, json={"id": external_id})
        except ChannelError as error:
            if error.symbol is not Symbol.NOT_FOUND:
                raise

    def hide(self, link: Link, external_id: str, *, hidden: bool = True) -> None:
        """Hides somebody's comment under our own post, or shows it again."""
        ask(link, "POST", "hide", effect=True, json={"id": external_id, "hidden": hidden})

    def check(self, link: Link) -> Profile:
        return _profile(ask(link, "GET", "whoami"))

    def measure(self, text: str, manifest: Manifest) -> int:
        return size(text, manifest.unit)


def _retry(link: Link) -> Retry:
    return POSED[link.network].manifest.retry


def _profile(answer: JsonObject) -> Profile:
    try:
        return parse.profile(answer.get("account"))
    except Unreadable as error:
        raise bad_answer(f"a profile that cannot be read ({error})", effect=False) from error


def _posts(answer: JsonObject) -> list[JsonObject]:
    posts = answer.get("posts")
    if not isinstance(posts, list) or not all(isinstance(post, dict) for post in posts):
        raise bad_answer("a list of messages that cannot be read", effect=False)
    return posts


def _author(post: JsonObject) -> str:
    author = post.get("author")
    return str(author.get("id", "")) if isinstance(author, dict) else ""


def _receipt(post: object) -> Receipt:
    """A receipt without an id is none: the reply may stand, so somebody has to look."""
    if not isinstance(post, dict) or not isinstance(post.get("id"), str) or not post["id"]:
        raise bad_answer("a receipt without an id", effect=True)
    try:
        at = datetime.fromisoformat(str(post.get("created_at")))
    except ValueError:
        at = None
    return Receipt(post["id"], at, str(post.get("url") or ""), post)
