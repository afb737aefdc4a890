"""Seen and Gone → rows, by natural key: again and again into the same rows, touching nothing that people did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.conf import settings

from answerable.channels.contract import Gone, History, Profile, Seen
from answerable.channels.models import Account
from answerable.core import files
from answerable.inbox.models import Attachment, Author, Message, RawEvent, Revision, Thread
from answerable.inbox.standing import Touched, derive
from answerable.inbox.text import clean, sane

NOT_FETCHED = "known from a file, which does not hold it"


@dataclass
class Page:
    """One page being taken in.

    own: external ids of the brand on this network. received_at: when no raw event says. read: the adapter's parse.
    """

    account: Account
    own: set[str]
    received_at: datetime
    read: Callable[[RawEvent], Sequence[Seen | Gone]]
    touched: Touched = field(default_factory=Touched)
    to_fetch: set[int] = field(default_factory=set)  # messages with new attachments


def absorb(page: Page, raw: RawEvent | None, item: Seen | Gone) -> Message | None:
    """Takes in one thing the network showed; returns the message it is about, if that stands here."""
    if isinstance(item, Gone):
        item = replace(item, at=sane(item.at))
        return _take_down(page, item, raw.received_at if raw else page.received_at)
    claimed, indexed, version = sane(item.claimed_at), sane(item.indexed_at), sane(item.version_at)
    return _take_in(page, raw, replace(item, claimed_at=claimed, indexed_at=indexed, version_at=version))


def _take_in(page: Page, raw: RawEvent | None, seen: Seen) -> Message:
    author = _author(page, seen.author)
    found = _find(page, seen.external_id)
    message = found or _new(page, raw, seen, author)
    if seen.history:
        _remember(page, message, seen.history)
    if found:
        _again(page, raw, seen, found)
    else:
        page.touched.changes.append(f"message {message.pk}: new")
        page.touched.message(message)
    for recipient in seen.to_ids if author.ours else ():
        _author(page, Profile(recipient))
    derive(message, page.own, page.touched)
    if not found:
        _already_gone(page, message)
    return message


def _find(page: Page, external_id: str) -> Message | None:
    rows = Message.objects.filter(
        brand_id=page.account.brand_id, network=page.account.network, external_id=clean(external_id, 500)
    )
    return rows.select_related("author", "thread").first()


def _author(page: Page, profile: Profile) -> Author:
    fresh = {
        "handle": clean(profile.handle, 255),
        "name": clean(profile.name, 500),
        "url": clean(profile.url, 1000),
        "avatar_url": clean(profile.avatar_url, 2000),
        "followers": profile.followers,
        "ours": profile.external_id in page.own,
    }
    author, new = Author.objects.get_or_create(
        brand_id=page.account.brand_id,
        network=page.account.network,
        external_id=clean(profile.external_id, 255),
        defaults=fresh,
    )
    if not new:
        # What this sighting does not tell stays as it was.
        told = {name: value for name, value in fresh.items() if value not in ("", None)}
        changed = [name for name, value in told.items() if getattr(author, name) != value]
        for name in changed:
            setattr(author, name, told[name])
        if changed:
            author.save(update_fields=changed)
    return author


def _new(page: Page, raw: RawEvent | None, seen: Seen, author: Author) -> Message:
    brand_id, network = page.account.brand_id, page.account.network
    thread, _ = Thread.objects.get_or_create(brand_id=brand_id, network=network, external_id=clean(seen.thread_id, 500))
    told = seen.history
    received = told.received_at if told else raw.received_at if raw else page.received_at
    message = Message.objects.create(
        brand_id=brand_id,
        network=network,
        external_id=clean(seen.external_id, 500),
        account=page.account,
        raw=raw,
        author=author,
        thread=thread,
        parent_external_id=clean(seen.parent_id or "", 500),
        quotes_external_id=clean(seen.quotes_id or "", 500),
        to_external_id=clean(seen.to_ids[0], 255) if seen.to_ids else "",
        mentions=[clean(mention, 255) for mention in seen.mentions],
        kind=seen.kind,
        outbound=author.ours,
        public=seen.public,
        told=seen.told,
        context=seen.context,
        automatic=seen.automatic,
        text=clean(seen.text),
        language=clean(seen.language, 20),
        link=clean(seen.link, 1000),
        claimed_at=seen.claimed_at,
        indexed_at=seen.indexed_at,
        received_at=received,
        at=told.at if told else _counts_from(seen, received),
        version_at=_version_at(seen, received),
        edited_at=_version_at(seen, received) if seen.edited else None,
        imported=told is not None,
        sent_here_at=told.sent_here_at if told else None,
    )
    _attach(page, message, seen)
    return message


def _remember(page: Page, message: Message, told: History) -> None:
    """What a file says of it beyond what a network shows: earlier texts, and that it is gone."""
    for at, text in told.revisions:
        Revision.objects.get_or_create(message=message, version_at=at, defaults={"text": clean(text)})
    if told.gone_at is not None:
        _mark_gone(page, message, told.gone_at)


def _counts_from(seen: Seen, received: datetime) -> datetime:
    # Nothing can be indexed after we received it: a network clock that runs ahead is cut to ours.
    return min(seen.indexed_at, received) if seen.indexed_at else received


def _version_at(seen: Seen, received: datetime) -> datetime:
    return seen.version_at or seen.indexed_at or seen.claimed_at or received


def _again(page: Page, raw: RawEvent | None, seen: Seen, message: Message) -> None:
    """A second sighting: a newer version replaces the text, an older one becomes a revision, the rest completes."""
    received = raw.received_at if raw else page.received_at
    before = {
        name: getattr(message, name) for name in ("told", "context", "indexed_at", "link", "to_external_id", "at")
    }
    message.told = message.told or seen.told
    message.context = message.context and seen.context
    message.link = message.link or clean(seen.link, 1000)
    message.to_external_id = message.to_external_id or (clean(seen.to_ids[0], 255) if seen.to_ids else "")
    if message.indexed_at is None and seen.indexed_at is not None:
        message.indexed_at = seen.indexed_at
        message.at = _counts_from(seen, message.received_at)
    changed = [name for name, value in before.items() if getattr(message, name) != value]
    changed += _version(page, raw, seen, message, _version_at(seen, received))
    if changed:
        message.save(update_fields=changed)
        page.touched.message(message)
        page.touched.changes += [f"message {message.pk}: {name}" for name in changed if name != "raw"]


def _version(page: Page, raw: RawEvent | None, seen: Seen, message: Message, version_at: datetime) -> list[str]:
    text = clean(seen.text)
    mine, shown = (version_at, raw.pk if raw else 0), (message.version_at, message.raw_id or 0)
    if text == message.text:
        _complete_ours(page, message, seen)
        if mine >= shown and message.raw_id is None and raw is not None:
            message.raw = raw
            return ["raw"]
        return []
    if mine < shown:
        Revision.objects.get_or_create(message=message, version_at=version_at, defaults={"text": text})
        return _mark_edited(message)
    if version_at > message.version_at:
        Revision.objects.get_or_create(message=message, version_at=message.version_at, defaults={"text": message.text})
    now = {
        "text": text,
        "raw": raw,
        "version_at": version_at,
        "mentions": [clean(mention, 255) for mention in seen.mentions],
        "edited_at": version_at if seen.edited else message.edited_at,
    }
    changed = [name for name, value in now.items() if getattr(message, name) != value]
    for name in changed:
        setattr(message, name, now[name])
    _attach(page, message, seen)
    return changed


def _complete_ours(page: Page, message: Message, seen: Seen) -> None:
    # A receipt names no addresses of pictures: those of our own reply come with its echo, or with a rebuild.
    if message.outbound and seen.media and not message.attachments.exists():
        _attach(page, message, seen)
        page.touched.message(message)
        page.touched.changes.append(f"message {message.pk}: attachments")


def _mark_edited(message: Message) -> list[str]:
    # An older version that came late proves an edit that nobody told us of.
    if message.edited_at is not None:
        return []
    message.edited_at = message.version_at
    return ["edited_at"]


def _attach(page: Page, message: Message, seen: Seen) -> None:
    for position, media in enumerate(seen.media[: settings.MEDIA_MAX_PER_MESSAGE]):
        url, alt = clean(media.url, 4000), clean(media.alt, 20_000)
        attachment, new = Attachment.objects.get_or_create(
            message=message, position=position, defaults={"url": url, "alt": alt}
        )
        if new and seen.history:
            _unpack(attachment, message.brand_id, media.data)
        if not new and (attachment.url, attachment.alt) != (url, alt):
            if attachment.url != url:
                attachment.blob, attachment.trouble = None, ""
            attachment.url, attachment.alt = url, alt
            attachment.save()
        if attachment.blob_id is None and not attachment.trouble:
            page.to_fetch.add(message.pk)


def _unpack(attachment: Attachment, brand_id: int, data: bytes | None) -> None:
    """A file that came along in an archive; one that did not is never fetched: imports dial nobody."""
    try:
        if data is not None:
            attachment.blob = files.keep(brand_id, data)
        else:
            attachment.trouble = NOT_FETCHED
    except files.FileRefused as error:
        attachment.trouble = str(error)[:300]
    attachment.save(update_fields=["blob", "trouble"])


def _already_gone(page: Page, message: Message) -> None:
    # A delete that overtook its post found nothing to mark then; its raw event stands.
    event = (
        RawEvent.objects.filter(
            brand_id=message.brand_id, network=message.network, object_id=message.external_id, gone=True
        )
        .order_by("id")
        .first()
    )
    for item in page.read(event) if event else ():
        if isinstance(item, Gone):
            absorb(page, event, item)


def _take_down(page: Page, gone: Gone, received: datetime) -> Message | None:
    message = _find(page, gone.external_id)
    if message is not None:
        _mark_gone(page, message, min(gone.at, received) if gone.at else received)
    return message


def _mark_gone(page: Page, message: Message, at: datetime) -> None:
    if message.gone_at is not None:
        return
    message.gone_at = at
    message.save(update_fields=["gone_at"])
    page.touched.message(message)
    page.touched.changes.append(f"message {message.pk}: gone_at")
