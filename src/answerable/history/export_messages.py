"""Messages with their authors, earlier texts and files, page by page in the order in which they were stored."""

from __future__ import annotations

import base64
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from answerable.channels.contract import MessageKind
from answerable.core.models import Blob
from answerable.history.export_shape import PAGE, Record, kept, moment
from answerable.inbox.models import Attachment, Author, Message, Revision
from answerable.people.models import Brand

PRIVATE = (MessageKind.DIRECT, MessageKind.MAIL)  # kinds that may be taken for private where nothing is said
AT_ONCE = 16_000_000  # bytes of files read with one query
INSIDE = 6_000_000  # bytes of files that stand in the line of their message; further ones get lines of their own


def messages(brand: Brand, *, with_files: bool) -> Iterator[Record]:
    """The brand's messages, each followed by those of its files that would make its line too long."""
    named = _accounts_to_name(brand)
    here = Message.objects.filter(brand=brand).select_related("author", "thread").order_by("pk")
    after = 0
    while page := list(here.filter(pk__gt=after)[:PAGE]):
        after = page[-1].pk
        yield from _lines(page, named, with_files=with_files)


def _accounts_to_name(brand: Brand) -> dict[int, str]:
    """Accounts by row, where the brand has several on one network: only there it must be said which one is meant."""
    rows = list(brand.accounts.all())
    several = Counter(row.network for row in rows)
    return {row.pk: row.external_id for row in rows if several[row.network] > 1}


def _lines(page: Sequence[Message], named: dict[int, str], *, with_files: bool) -> Iterator[Record]:
    revisions, files = _revisions(page), _files(page)
    content = _Content([one for message in page for one in files[message.pk] if one.blob_id] if with_files else [])
    for message in page:
        media, apart = _media(files[message.pk], content, with_files=with_files)
        yield _message(message, named.get(message.account_id, ""), media, revisions[message.pk])
        for one in apart:
            place = {"network": message.network, "message": message.external_id, "position": one.position}
            yield {"type": "file", **place, "data": content.next()}


def _message(message: Message, account: str, media: list[Record], revisions: list[Record]) -> Record:
    record: Record = {"type": "message", "network": message.network, "id": message.external_id}
    record |= kept({"account": account, "author": _author(message.author), "text": message.text})
    record |= _times(message)
    record |= kept({"parent": message.parent_external_id, "quotes": message.quotes_external_id})
    record |= kept({"thread": _thread(message), "kind": "" if message.kind == MessageKind.POST else message.kind})
    record |= _public(message) | _mentions(message)
    to = [message.to_external_id] if message.to_external_id else []
    record |= kept({"to": to, "told": message.told, "context": message.context, "automatic": message.automatic})
    record |= kept({"language": message.language, "link": message.link, "media": media})
    record |= kept({"edited_at": message.edited_at, "version_at": _version_at(message), "revisions": revisions})
    return record | kept({"gone_at": message.gone_at, "sent_here_at": message.sent_here_at})


def _author(author: Author) -> Record:
    profile: Record = {"id": author.external_id, "handle": author.handle, "name": author.name}
    return kept(
        {**profile, "followers": author.followers, "url": author.url, "avatar_url": author.avatar_url},
    )


def _times(message: Message) -> Record:
    """A claimed time that the network did not tell is said to be none: left out it would be `at`."""
    claimed = message.claimed_at
    times: Record = {"at": moment(message.at)}
    if claimed != message.at:
        times["claimed_at"] = claimed and moment(claimed)
    received = message.received_at if message.received_at != message.at else None
    return times | kept({"indexed_at": message.indexed_at, "received_at": received})


def _thread(message: Message) -> str:
    root = message.thread.external_id
    return "" if root == message.external_id and not message.parent_external_id else root


def _public(message: Message) -> Record:
    """Said of everything private, whatever its kind: a reader that guesses must not guess wrong here."""
    if message.public and message.kind not in PRIVATE:
        return {}
    return {"public": message.public}


def _mentions(message: Message) -> Record:
    """Left out, @handles in the text would count: so an empty list is said where there could be any."""
    return {"mentions": message.mentions} if message.mentions or "@" in message.text else {}


def _version_at(message: Message) -> object:
    return message.version_at if message.version_at != (message.edited_at or message.at) else None


def _revisions(page: Sequence[Message]) -> dict[int, list[Record]]:
    found: dict[int, list[Record]] = defaultdict(list)
    for row in Revision.objects.filter(message__in=page).order_by("version_at", "pk"):
        found[row.message_id].append({"at": moment(row.version_at), "text": row.text})
    return found


@dataclass(frozen=True, slots=True)
class _File:
    """An attachment without its bytes. size: in bytes; 0 when we have none."""

    position: int
    url: str
    alt: str
    trouble: str
    blob_id: int | None
    type: str
    size: int


def _files(page: Sequence[Message]) -> dict[int, list[_File]]:
    found: dict[int, list[_File]] = defaultdict(list)
    rows = Attachment.objects.filter(message__in=page).order_by("message_id", "position")
    columns = ("message_id", "position", "url", "alt", "trouble", "blob_id", "blob__content_type", "blob__size")
    for message_id, position, url, alt, trouble, blob_id, kind, size in rows.values_list(*columns):
        found[message_id].append(_File(position, url, alt, trouble, blob_id, kind or "", size or 0))
    return found


def _media(files: list[_File], content: _Content, *, with_files: bool) -> tuple[list[Record], list[_File]]:
    """What stands in the message's line, and the files that follow it: from the first that does not fit, all of them."""
    media: list[Record] = []
    apart: list[_File] = []
    inside = 0
    for one in files:
        shown = kept({"url": one.url, "alt": one.alt, "type": one.type, "trouble": one.trouble})
        if with_files and one.blob_id:
            inside += one.size
            if inside > INSIDE:
                apart.append(one)
            else:
                shown["data"] = content.next()
        media.append(shown)
    return media, apart


@dataclass
class _Content:
    """The bytes of a page's files, in base64, in exactly the order given; read ahead, AT_ONCE at a time."""

    wanted: Sequence[_File]
    taken: int = 0
    held: deque[bytes] = field(default_factory=deque)

    def next(self) -> str:
        if not self.held:
            self._read()
        return base64.b64encode(self.held.popleft()).decode("ascii")

    def _read(self) -> None:
        run, size = [self.wanted[self.taken]], self.wanted[self.taken].size
        for one in islice(self.wanted, self.taken + 1, None):
            size += one.size
            if size > AT_ONCE:
                break
            run.append(one)
        self.taken += len(run)
        rows = Blob.objects.filter(pk__in={one.blob_id for one in run}).values_list("pk", "data")
        found = {pk: bytes(data) for pk, data in rows}
        self.held.extend(found[one.blob_id] for one in run if one.blob_id)
