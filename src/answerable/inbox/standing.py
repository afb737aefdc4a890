"""What a message is to the brand: its parent, whether it is addressed, whom it answers. Derived, whatever the order.

A message may come before what it answers or quotes; when that arrives, everything that hangs on it is derived again.
Cost: the message, its direct children, and the whole thread once when its root arrives late.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from answerable.channels.contract import MessageKind
from answerable.inbox.addressing import Facts, addressed
from answerable.inbox.models import Author, Message


@dataclass
class Touched:
    """What a page changed: whose waits may have, and which messages are new or other than before."""

    pairs: set[tuple[int, int]] = field(default_factory=set)  # (thread id, author id)
    authors: set[int] = field(default_factory=set)
    messages: set[int] = field(default_factory=set)
    changes: list[str] = field(default_factory=list)  # "message 7: text", for a rebuild's report

    def message(self, message: Message) -> None:
        self.messages.add(message.pk)
        self.authors.add(message.author_id)
        if not message.outbound:
            self.pairs.add((message.thread_id, message.author_id))
        elif message.to_author_id:
            self.pairs.add((message.thread_id, message.to_author_id))


def derive(message: Message, own: set[str], touched: Touched) -> None:
    """Derives this message and everything that hangs on it."""
    queue, seen = deque([message]), {message.pk}
    while queue:
        current = queue.popleft()
        changed = _derive_one(current, own, touched)
        if current is message or changed:
            for dependant in _dependants(current):
                if dependant.pk not in seen:
                    seen.add(dependant.pk)
                    queue.append(dependant)


def _derive_one(message: Message, own: set[str], touched: Touched) -> bool:
    near = _near(message)
    parent = near.get(message.parent_external_id) if message.parent_external_id else None
    if parent is not None and parent.pk == message.pk:
        parent = None  # a message that answers itself answers nothing
    now = {
        "parent_id": parent.pk if parent else None,
        "outbound": message.author.ours,
        "addressed": addressed(_facts(message, parent, near, own)),
        "to_author_id": _to_author(message, parent),
    }
    old = {name: getattr(message, name) for name in now}
    if now == old:
        return False
    touched.message(message)  # before: whose wait it used to open or end
    for name, value in now.items():
        setattr(message, name, value)
        if old[name] != value:
            touched.changes.append(f"message {message.pk}: {name}")
    message.save(update_fields=list(now))
    touched.message(message)
    return True


def _near(message: Message) -> dict[str, Message]:
    """The messages this one points at, by external id."""
    ids = {message.parent_external_id, message.quotes_external_id, message.thread.external_id} - {""}
    rows = Message.objects.filter(brand_id=message.brand_id, network=message.network, external_id__in=ids)
    return {row.external_id: row for row in rows.select_related("author")}


def _facts(message: Message, parent: Message | None, near: dict[str, Message], own: set[str]) -> Facts:
    quoted, root = near.get(message.quotes_external_id), near.get(message.thread.external_id)
    return Facts(
        kind=MessageKind(message.kind),
        ours=message.author.ours,
        context=message.context,
        told=message.told,
        names_us=bool(own.intersection(message.mentions)),
        quotes_us=bool(quoted and quoted.author.ours),
        is_answer=bool(message.parent_external_id),
        parent_ours=parent.author.ours if parent else None,
        parent_same_author=bool(parent and parent.author_id == message.author_id),
        root_ours=bool(root and root.author.ours),
    )


def _to_author(message: Message, parent: Message | None) -> int | None:
    """Whom a message of ours answers: its parent's author; when we go on from our own words, whoever those answered."""
    if not message.author.ours:
        return None
    if parent is not None:
        return parent.to_author_id if parent.author.ours else parent.author_id
    if message.to_external_id:
        to = Author.objects.filter(
            brand_id=message.brand_id, network=message.network, external_id=message.to_external_id, ours=False
        )
        return to.values_list("pk", flat=True).first()
    return None


def _dependants(message: Message) -> QuerySet[Message]:
    here = Message.objects.filter(brand_id=message.brand_id, network=message.network)
    hangs = Q(parent_external_id=message.external_id) | Q(quotes_external_id=message.external_id)
    if message.external_id == message.thread.external_id:
        hangs |= Q(thread_id=message.thread_id, parent__isnull=False)
    return here.filter(hangs).exclude(pk=message.pk).select_related("author", "thread").order_by("at", "id")
