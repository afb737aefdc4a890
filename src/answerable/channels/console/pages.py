"""What anybody can look at in a browser: the networks, a thread, a picture. Text only, no script."""

from __future__ import annotations

import json
from html import escape
from urllib.parse import quote

from answerable.channels.console import accounts
from answerable.channels.console.errors import Refusal
from answerable.channels.console.networks import POSED
from answerable.channels.console.request import Request

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}"
    "article{border-bottom:1px solid #ddd;padding:.75rem 0}article.reply{margin-left:2rem}"
    "small{color:#555}p{white-space:pre-wrap;margin:.25rem 0;overflow-wrap:anywhere}img{max-width:100%}"
)
Page = tuple[int, bytes, str]


def show(request: Request, path: list[str]) -> Page:
    """Status, body and content type of a public address."""
    match path:
        case ["" | "n"]:
            return _html("Console networks", "".join(_link(name) for name in POSED))
        case ["style.css"]:
            return 200, STYLE.encode(), "text/css"
        case ["media", ident]:
            return _media(request, ident)
        case ["n", network]:
            return _list(request, network)
        case ["n", network, "p", post]:
            return _list(request, network, post=post)
        case ["n", network, "u", handle]:
            return _list(request, network, handle=handle)
    raise Refusal(404, "not_found", "there is nothing here")


def _link(name: str) -> str:
    return f'<article><a href="/n/{name}">{escape(POSED[name].manifest.label)}</a></article>'


def _media(request: Request, ident: str) -> Page:
    row = request.store.one("SELECT * FROM media WHERE id = ?", ident)
    if row is None:
        raise Refusal(404, "not_found", "there is no such picture")
    return 200, row["data"], row["content_type"]


def _list(request: Request, network: str, *, post: str = "", handle: str = "") -> Page:
    if POSED[accounts.known_network(network)].private:
        return _html(POSED[network].manifest.label, "<p>Private messages are shown to nobody here.</p>")
    rows = request.store.all(
        "SELECT p.*, a.handle, a.name FROM posts p JOIN accounts a ON a.network = p.network AND a.id = p.author "
        "WHERE p.network = ?1 AND p.deleted_at IS NULL AND p.hidden = 0 AND ?3 IN ('', a.handle) "
        "AND (?2 = '' OR p.root = (SELECT root FROM posts WHERE network = ?1 AND id = ?2)) "
        "ORDER BY (SELECT r.seq FROM posts r WHERE r.network = ?1 AND r.id = p.root) DESC, p.seq LIMIT 300",
        network, post, handle,
    )  # fmt: skip
    parts = []
    for row in rows:
        pictures = "".join(
            f'<img src="/media/{item["id"]}" alt="{escape(item["alt"])}">' for item in json.loads(row["media"])
        )
        address = f"/n/{network}/p/{quote(row['id'], safe='')}"
        parts.append(
            f'<article id="{escape(row["id"])}" class="{"reply" if row["parent"] else "root"}">'
            f"<b>{escape(row['name'])}</b> <small>@{escape(row['handle'])} · "
            f'<a href="{address}">{escape(row["created_at"][:16])}</a></small>'
            f"<p>{escape(row['text'])}</p>{pictures}</article>"
        )
    return _html(POSED[network].manifest.label, "".join(parts) or "<p>Nothing here yet.</p>")


def _html(title: str, body: str) -> Page:
    head = (
        f'<!doctype html><meta charset="utf-8"><title>{escape(title)}</title><link rel="stylesheet" href="/style.css">'
    )
    return 200, f"{head}<h1>{escape(title)}</h1>{body}".encode("utf-8", "replace"), "text/html; charset=utf-8"
