"""What came in, raw and read. Natural keys make every step repeatable into the same rows."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from answerable.channels.contract import MessageKind
from answerable.channels.models import Account
from answerable.core.models import Blob
from answerable.people.models import Brand

# What still matters if it is deleted: words to us, and our own answers.
WATCHED = Q(gone_at=None) & (Q(addressed=True) | Q(outbound=True))


class RawEvent(models.Model):
    """Exactly what the network sent, stored before anybody thinks about it."""

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE)
    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    network = models.CharField(max_length=30)
    key = models.CharField(max_length=300)  # the network's event id, else a hash of kind, object id and body
    kind = models.CharField(max_length=40)  # the adapter's own word; "unreadable" for what it could not cut up
    object_id = models.CharField(max_length=500, blank=True)
    gone = models.BooleanField(default=False)  # tells of a deletion
    body = models.BinaryField()
    push = models.BooleanField(default=False)  # came by webhook, not by poll
    received_at = models.DateTimeField()
    parsed_at = models.DateTimeField(null=True)
    trouble = models.TextField(blank=True)  # why it could not be read; empty when it could

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="raw_once")]
        indexes = [
            models.Index(fields=["account", "id"], name="raw_unparsed", condition=Q(parsed_at=None)),
            # A delete that overtook its post is looked up when the post comes.
            models.Index(fields=["brand", "network", "object_id"], name="raw_gone", condition=Q(gone=True)),
            models.Index(fields=["brand", "id"], name="raw_trouble", condition=~Q(trouble="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"


class Author(models.Model):
    """An identity on one network."""

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE)
    network = models.CharField(max_length=30)
    external_id = models.CharField(max_length=255)
    handle = models.CharField(max_length=255, blank=True)
    name = models.CharField(max_length=500, blank=True)
    url = models.CharField(max_length=1000, blank=True)
    avatar_url = models.CharField(max_length=2000, blank=True)
    followers = models.BigIntegerField(null=True)
    ours = models.BooleanField(default=False)  # the brand itself, a sister account too

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "network", "external_id"], name="author_once")]

    def __str__(self) -> str:
        return self.name or self.handle or self.external_id


class Thread(models.Model):
    """Messages that belong together on one network; named by its root."""

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE)
    network = models.CharField(max_length=30)
    external_id = models.CharField(max_length=500)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "network", "external_id"], name="thread_once")]

    def __str__(self) -> str:
        return self.external_id


class Message(models.Model):
    """One post, comment, direct message, mail or review.

    The table has one column more, `words`, for search alone (migration 0002): generated, so nobody writes it.
    """

    brand_id: int
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE)
    network = models.CharField(max_length=30)
    external_id = models.CharField(max_length=500)
    account = models.ForeignKey(Account, on_delete=models.CASCADE)  # which of our accounts saw it first
    raw = models.ForeignKey(RawEvent, null=True, on_delete=models.SET_NULL)  # which gave the version shown
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="messages")
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="messages")
    parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="children")
    parent_external_id = models.CharField(max_length=500, blank=True)
    quotes_external_id = models.CharField(max_length=500, blank=True)
    # Whom an outbound message answers: ends that author's wait and nobody else's. Derived (inbox/standing.py).
    to_author = models.ForeignKey(Author, null=True, on_delete=models.SET_NULL, related_name="answers")
    to_external_id = models.CharField(max_length=255, blank=True)  # recipient of a private message
    mentions = ArrayField(models.CharField(max_length=255), default=list)  # external ids of accounts

    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in MessageKind])
    outbound = models.BooleanField(default=False)  # by the brand
    public = models.BooleanField(default=True)
    told = models.BooleanField(default=False)  # the network itself told us of it
    context = models.BooleanField(default=False)  # only fetched to complete a thread
    addressed = models.BooleanField(default=False)  # to the brand, as docs/rooms/inbox.md defines; derived
    automatic = models.BooleanField(default=False)  # by a machine: ends no wait
    text = models.TextField()
    language = models.CharField(max_length=20, blank=True)  # as the network claims
    link = models.CharField(max_length=1000, blank=True)

    claimed_at = models.DateTimeField(null=True)  # the author's clock
    indexed_at = models.DateTimeField(null=True)  # the network's clock
    received_at = models.DateTimeField()  # ours
    at = models.DateTimeField()  # what waits run on: indexed, else received; claimed for imports
    version_at = models.DateTimeField()  # of the text shown
    edited_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)  # no longer stands on the network
    imported = models.BooleanField(default=False)
    # Set on a reply that was sent from this desk: when. It answers only what had been received by then.
    sent_here_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "network", "external_id"], name="message_once")]
        indexes = [
            models.Index(fields=["thread", "at", "id"], name="message_thread"),
            models.Index(fields=["thread", "author"], name="message_asks", condition=Q(addressed=True)),
            models.Index(fields=["thread", "to_author"], name="message_ends", condition=Q(outbound=True)),
            # Children that came before what they answer or quote.
            models.Index(
                fields=["brand", "network", "parent_external_id"],
                name="message_parent",
                condition=~Q(parent_external_id=""),
            ),
            models.Index(
                fields=["brand", "network", "quotes_external_id"],
                name="message_quote",
                condition=~Q(quotes_external_id=""),
            ),
            # Measures count by time.
            models.Index(fields=["brand", "at"], name="message_counts", include=["outbound", "network"]),
            # What a poll looks at again for deletions: newest first, a bounded number.
            models.Index(F("account"), F("at").desc(), name="message_watch", condition=WATCHED),
        ]

    def __str__(self) -> str:
        return self.external_id


class Revision(models.Model):
    """A text that stood before an edit."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="revisions")
    version_at = models.DateTimeField()
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "version_at"], name="revision_once")]

    def __str__(self) -> str:
        return f"{self.message_id} at {self.version_at}"


class Attachment(models.Model):
    """A picture or file of a message, fetched by us and never hot-linked."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    position = models.PositiveSmallIntegerField()
    url = models.CharField(max_length=4000)
    alt = models.TextField(blank=True)
    blob = models.ForeignKey(Blob, null=True, on_delete=models.SET_NULL)  # null: not fetched (yet)
    trouble = models.CharField(max_length=300, blank=True)  # why it could not be fetched, fit for people

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "position"], name="attachment_once")]

    def __str__(self) -> str:
        return self.url
