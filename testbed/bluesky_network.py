"""Starts a complete Bluesky network on loopback and has people write on it.

The people talk to it in plain HTTP and not through the product's code or its SDK: they are the second opinion.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from select import select
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import psycopg
from psycopg import sql

from answerable.core import clock

HERE = Path(__file__).resolve().parent / "bluesky"
READY = 120  # seconds until the network must have said that it is ready
POST = "app.bsky.feed.post"
Json = dict[str, Any]


class NotStarted(Exception):
    """The network cannot run here; the text says why."""


def missing() -> str:
    """Why the network cannot run on this machine, "" if it can."""
    if shutil.which("node") is None:
        return "node is not installed: run testbed/install.sh"
    if not (HERE / "node_modules" / "@atproto" / "dev-env").is_dir():
        return "the network's packages are not installed: run testbed/install.sh"
    return ""


@contextmanager
def database(server: str) -> Iterator[str]:
    """An empty database on a PostgreSQL server for as long as the block lasts. server: any address on it."""
    name = f"bluesky_{os.getpid()}_{os.urandom(3).hex()}"
    with psycopg.connect(_address(server, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield _address(server, name)
        finally:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _address(server: str, name: str) -> str:
    """The address of another database of a server, in the form that node's client reads too."""
    parts = urlsplit(server)
    host = parse_qs(parts.query).get("host", [""])[0]
    query = f"host={quote(host, safe='/')}" if host else ""
    return parts._replace(path=f"/{name}", query=query).geturl()


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens at."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


@dataclass
class Person:
    """Somebody with an account, who writes with the network's own means."""

    pds: str
    did: str
    handle: str
    token: str
    client: httpx.Client

    def call(self, method: str, nsid: str, **kwargs: Any) -> Json:
        """One call in this person's name; HTTPStatusError when the network refuses."""
        headers = {"Authorization": f"Bearer {self.token}"} | kwargs.pop("headers", {})
        response = self.client.request(method, f"{self.pds}/xrpc/{nsid}", headers=headers, **kwargs)
        if response.is_error:
            raise httpx.HTTPStatusError(f"{nsid}: {response.text}", request=response.request, response=response)
        found: Json = response.json() if response.content else {}
        return found

    def write(self, record: Json, collection: str = POST, *, check: bool = True) -> str:
        """Puts any record down; returns its address. check=False writes what the protocol forbids."""
        body = {"repo": self.did, "collection": collection, "record": {"$type": collection, **record}}
        made = self.call("POST", "com.atproto.repo.createRecord", json=body if check else {**body, "validate": False})
        return str(made["uri"])

    def post(self, text: str, *, created_at: str | None = None, mention: Person | None = None, **more: Any) -> str:
        """Posts a text, with "@handle" put before it when it mentions somebody."""
        record: Json = {"text": text, "createdAt": created_at or stamp(), **more}
        if mention:
            record["text"] = f"@{mention.handle} {text}"
            index = {"byteStart": 0, "byteEnd": len(mention.handle) + 1}
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": mention.did}
            record["facets"] = [{"index": index, "features": [feature]}]
        return self.write(record, check=created_at is None)

    def reply(self, parent: str, text: str, **more: Any) -> str:
        above = self.record(parent)
        here = {"uri": parent, "cid": above["cid"]}
        root = above["value"].get("reply", {}).get("root", here)
        return self.post(text, reply={"root": root, "parent": here}, **more)

    def quote(self, quoted: str, text: str, **more: Any) -> str:
        record = {"uri": quoted, "cid": self.record(quoted)["cid"]}
        return self.post(text, embed={"$type": "app.bsky.embed.record", "record": record}, **more)

    def post_image(self, text: str, data: bytes, alt: str, *, content_type: str = "image/png", **more: Any) -> str:
        kind = {"Content-Type": content_type}
        blob = self.call("POST", "com.atproto.repo.uploadBlob", content=data, headers=kind)["blob"]
        images = [{"image": blob, "alt": alt, "aspectRatio": {"width": 1, "height": 1}}]
        return self.post(text, embed={"$type": "app.bsky.embed.images", "images": images}, **more)

    def delete(self, uri: str) -> None:
        did, collection, rkey = uri.removeprefix("at://").split("/")
        body = {"repo": did, "collection": collection, "rkey": rkey}
        self.call("POST", "com.atproto.repo.deleteRecord", json=body)

    def block(self, other: Person) -> str:
        return self.write({"subject": other.did, "createdAt": stamp()}, "app.bsky.graph.block")

    def record(self, uri: str) -> Json:
        """{uri, cid, value} of a record. The network needs a moment to show somebody else's."""
        did, collection, rkey = uri.removeprefix("at://").split("/")
        params = {"repo": did, "collection": collection, "rkey": rkey}
        found: Json = patiently(lambda: self.call("GET", "com.atproto.repo.getRecord", params=params))
        return found

    def posts(self) -> list[Json]:
        """This person's own posts as the data server holds them, newest first."""
        params: Json = {"repo": self.did, "collection": POST, "limit": 100}
        found: list[Json] = []
        while True:
            answer = self.call("GET", "com.atproto.repo.listRecords", params=params)
            found += answer["records"]
            if not answer.get("cursor"):
                return found
            params["cursor"] = answer["cursor"]

    def thread(self, uri: str) -> Json:
        """A thread as this person sees it in the app."""
        found: Json = self.call("GET", "app.bsky.feed.getPostThread", params={"uri": uri, "depth": 10})["thread"]
        return found

    def shown(self, uri: str) -> Json:
        """A post as the app view shows it to this person; LookupError while it does not."""
        found: list[Json] = self.call("GET", "app.bsky.feed.getPosts", params={"uris": [uri]})["posts"]
        return found[0]

    def app_password(self, name: str) -> str:
        made = self.call("POST", "com.atproto.server.createAppPassword", json={"name": name})
        return str(made["password"])

    def revoke(self, name: str) -> None:
        response = self.client.post(
            f"{self.pds}/xrpc/com.atproto.server.revokeAppPassword",
            headers={"Authorization": f"Bearer {self.token}"},
            json={"name": name},
        )
        response.raise_for_status()


def stamp(offset: timedelta = timedelta()) -> str:
    """A time as the network writes it."""
    return (datetime.now(UTC) + offset).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def patiently(ask: Any, seconds: float = 20.0) -> Any:
    """Asks again until the network has indexed what is asked for."""
    until = clock.now() + timedelta(seconds=seconds)
    while True:
        try:
            return ask()
        except (httpx.HTTPStatusError, LookupError):
            if clock.now() > until:
                raise
            clock.pause(0.1)


@dataclass
class Network:
    """A running network. pds: where people sign in; appview: what everybody sees."""

    process: subprocess.Popen[str]
    temporary: Path
    pds: str
    plc: str
    appview: str
    client: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, timeout=30))
    _people: int = 0

    @property
    def pid(self) -> int:
        return self.process.pid

    def person(self, name: str, *, indexed: bool = True) -> Person:
        """A new account; name gets a number. indexed: wait until the app view knows it."""
        self._people += 1
        handle = f"{name}{self._people}.test"
        body = {"handle": handle, "email": f"{handle}@mail.test", "password": f"password of {handle}"}
        response = self.client.post(f"{self.pds}/xrpc/com.atproto.server.createAccount", json=body)
        response.raise_for_status()
        made = response.json()
        person = Person(self.pds, made["did"], handle, made["accessJwt"], self.client)
        if indexed:
            patiently(lambda: person.call("GET", "app.bsky.actor.getProfile", params={"actor": person.did}))
        return person

    def stop(self) -> None:
        """Ends the network: politely, and after five seconds for good."""
        self.client.close()
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()
        shutil.rmtree(self.temporary, ignore_errors=True)


def start(database_url: str, *, rate_limits: bool = False, ports: Sequence[int] = ()) -> Network:
    """Starts a network on an empty database and waits until it is ready; NotStarted says what went wrong."""
    if why := missing():
        raise NotStarted(why)
    temporary = Path(tempfile.mkdtemp(prefix="answerable-bluesky-"))
    names = ("PLC_PORT", "PDS_PORT", "BSKY_PORT", "OZONE_PORT")
    chosen = dict(zip(names, map(str, ports or free_ports(len(names))), strict=True))
    settings = {"TMPDIR": str(temporary), "DB_POSTGRES_URL": database_url, "RATE_LIMITS": "1" if rate_limits else "0"}
    fixed = {"LOG_ENABLED": "false", "REDIS_HOST": "unused", "NODE_NO_WARNINGS": "1"}
    with (temporary / "errors.txt").open("w") as errors:
        process = subprocess.Popen(
            ["node", "start.mjs"],
            cwd=HERE,
            env={**os.environ, **settings, **fixed, **chosen},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    network = Network(process, temporary, "", "", "")
    try:
        told = _first_line(process)
    except NotStarted as error:
        last = (temporary / "errors.txt").read_text()[-2000:]
        network.stop()
        raise NotStarted(f"the network did not start ({error}): {last or 'it said nothing more'}") from None
    network.pds, network.plc, network.appview = told["pds"], told["plc"], told["appview"]
    return network


def _first_line(process: subprocess.Popen[str]) -> Json:
    """The summary that the network prints when it is ready."""
    assert process.stdout is not None
    until = clock.now() + timedelta(seconds=READY)
    while clock.now() < until and process.poll() is None:
        if not select([process.stdout], [], [], 1.0)[0]:
            continue
        line = process.stdout.readline()
        if line.startswith("{"):
            found: Json = json.loads(line)
            return found
    raise NotStarted("not ready in time" if process.poll() is None else f"it ended with {process.returncode}")


@contextmanager
def running(server: str, *, rate_limits: bool = False) -> Iterator[Network]:
    """A network with a database of its own on a PostgreSQL server; the network ends before the database does."""
    with database(server) as url:
        network = start(url, rate_limits=rate_limits)
        try:
            yield network
        finally:
            network.stop()
