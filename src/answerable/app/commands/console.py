"""``answerable console``: the simulated network that ships with the product, and what people do on it."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from answerable.app.commands.refusal import Refusal
from answerable.channels.console.networks import POSED
from answerable.config import env

if TYPE_CHECKING:  # the server and its HTTP are slow to import, and every command of the product imports this module
    from answerable.channels.console.server import ConsoleServer
    from answerable.channels.console.world import ConsoleWorld

NAME = "console"
HELP = "Run the simulated network for demo and tests, and act on it."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A verb, and its own arguments."""
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    _serve_arguments(_verb(verbs, "serve", _serve, "run the network until Ctrl-C"))
    say = _verb(verbs, "say", _say, "write something as anybody; prints its id")
    say.add_argument("network", choices=POSED)
    say.add_argument("author", help="a handle; made when nobody has it yet")
    say.add_argument("text")
    say.add_argument("--parent", metavar="ID", help="the message that is answered")
    say.add_argument("--quotes", metavar="ID", help="the message that is quoted")
    say.add_argument("--to", metavar="HANDLE", help="who a private message or a review is for")
    edit = _verb(verbs, "edit", _edit, "change the text of a message")
    edit.add_argument("network", choices=POSED)
    edit.add_argument("id")
    edit.add_argument("text")
    delete = _verb(verbs, "delete", _delete, "take a message down as its author")
    delete.add_argument("network", choices=POSED)
    delete.add_argument("id")
    listing = _verb(verbs, "list", _list, "show what stands")
    listing.add_argument("network", nargs="?", choices=POSED)
    listing.add_argument("--json", action="store_true", help="everything, one JSON object a line")
    _fault_arguments(verbs)


def _verb(verbs: Any, name: str, handle: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    parser.add_argument(
        "--file", type=Path, help="the network's file (default: console/network.sqlite3 in the data directory)"
    )
    parser.set_defaults(console=handle)
    return parser


def _serve_arguments(serve: argparse.ArgumentParser) -> None:
    serve.add_argument("--port", type=int, help="default: ANSWERABLE_CONSOLE_PORT; 0 takes a free one")
    serve.add_argument("--host", default="127.0.0.1", help="default: %(default)s, which only this machine can reach")
    serve.add_argument(
        "--demo",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="let the invented customers of Fjellro write (default: ANSWERABLE_DEMO)",
    )


def _fault_arguments(verbs: Any) -> None:
    fault = _verb(verbs, "fault", _fault, "let something go wrong; docs/channels/console.md has the table")
    fault.add_argument("network", help="a network, or * for all")
    fault.add_argument("verb", help="reply, poll, event, webhook…, or * for every request")
    fault.add_argument("kind", help="what goes wrong; “clear” ends it")
    fault.add_argument("--times", type=int, help="how often (default: once; 0: until cleared)", default=1)
    fault.add_argument("--retry-after", type=float, help="seconds that a rate_limited asks to wait")
    fault.add_argument("--seconds", type=float, help="how long a silence lasts at most")


def handle(args: argparse.Namespace) -> int:
    """Does the verb; Refusal when the network says no or is not there."""
    from answerable.channels.console.store import FileInUse
    from answerable.channels.console.world import ConsoleRefused

    args.file = args.file or env.load().data_path / "console" / "network.sqlite3"
    try:
        done: int = args.console(args)
    except (ConsoleRefused, FileInUse) as error:
        raise Refusal(str(error)) from error
    except OSError as error:
        raise Refusal(f"the console network cannot use {args.file} or its port: {error}") from error
    return done


def address_file(file: Path) -> Path:
    """Where a running server leaves its address and its control token."""
    return file.with_name(file.name + ".address.json")


def _serve(args: argparse.Namespace) -> int:
    from answerable.channels.console import demo
    from answerable.channels.console.server import ConsoleServer

    settings = env.load()
    port = settings.console_port if args.port is None else args.port
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    with ConsoleServer(args.file, port, args.host) as server:
        _leave_address(args.file, server)
        if settings.demo if args.demo is None else args.demo:
            demo.prepare(server.world, args.file)
            server.play(demo.play)
        print(f"The console network listens at {server.url}", flush=True)
        stop.wait()
    return 0


def _leave_address(file: Path, server: ConsoleServer) -> None:
    path = address_file(file)
    aside = path.with_name(path.name + ".part")
    aside.unlink(missing_ok=True)
    with open(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as out:
        json.dump({"url": server.url, "control_token": server.control_token}, out)
    aside.replace(path)


def world(file: Path) -> ConsoleWorld:
    """The people of the network that runs on `file`."""
    from answerable.channels.console.world import ConsoleWorld

    try:
        found = json.loads(address_file(file).read_text(encoding="utf-8"))
        return ConsoleWorld(found["url"], found["control_token"])
    except FileNotFoundError:
        raise Refusal(f"No console network runs on {file}. Start one: answerable console serve --file {file}") from None


def _say(args: argparse.Namespace) -> int:
    made = world(args.file).say(
        args.network, args.author.removeprefix("@"), args.text, parent=args.parent, quotes=args.quotes, to=args.to
    )
    print(made["id"])
    return 0


def _edit(args: argparse.Namespace) -> int:
    world(args.file).edit(args.network, args.id, args.text)
    return 0


def _delete(args: argparse.Namespace) -> int:
    world(args.file).delete(args.network, args.id)
    return 0


def _list(args: argparse.Namespace) -> int:
    for post in world(args.file).standing(args.network):
        if args.json:
            print(json.dumps(post, ensure_ascii=False))
        else:
            answers = f" → {post['parent']}" if post["parent"] else ""
            print(f"{post['id']}{answers}  @{post['handle']}: {' '.join(post['text'].split())[:100]}")
    sys.stdout.flush()
    return 0


def _fault(args: argparse.Namespace) -> int:
    here = world(args.file)
    if args.kind == "clear":
        here.clear_faults(args.network, args.verb)
        return 0
    given = {"retry_after": args.retry_after, "seconds": args.seconds}
    options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    here.fault(args.network, args.verb, args.kind, args.times or None, **options)
    return 0
