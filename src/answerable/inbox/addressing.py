"""Who is spoken to: pure rules from facts that every network shares. Defined in docs/rooms/inbox.md, "Addressed"."""

from __future__ import annotations

from dataclasses import dataclass

from answerable.channels.contract import MessageKind

PERSONAL = {MessageKind.DIRECT, MessageKind.MAIL, MessageKind.REVIEW}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one message. None: not known (yet)."""

    kind: MessageKind
    ours: bool  # written by the brand or a sister account
    context: bool
    told: bool  # the network told one of our accounts of it
    names_us: bool
    quotes_us: bool
    is_answer: bool  # it has a parent
    parent_ours: bool | None
    parent_same_author: bool
    root_ours: bool


def addressed(facts: Facts) -> bool:
    """Is this message spoken to the brand, so that somebody waits for an answer?"""
    if facts.ours or (facts.context and not facts.told):
        return False
    if facts.kind in PERSONAL or facts.names_us or facts.quotes_us or facts.parent_ours:
        return True
    if facts.parent_same_author and facts.root_ours:
        return True  # a customer going on under our post is not answering another customer
    # What it answers is not known: believe the network until the parent arrives and this is derived again.
    return facts.told and (not facts.is_answer or facts.parent_ours is None)
