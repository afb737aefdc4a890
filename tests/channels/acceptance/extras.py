"""What only some networks do. Each mixin says for which."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from answerable.channels.contract import (
    BadSignature,
    Link,
    Picture,
    Seen,
    Symbol,
    Unreadable,
)
from answerable.core import clock
from tests.channels.acceptance.ears import Base, Ears, failure, manifest_of, reply_to, unique
from tests.channels.acceptance.harness import (
    EditingHarness,
    Harness,
    PicturingHarness,
    PushingHarness,
    QuotingHarness,
    Standing,
)


class KeyedRetry(Base):
    """For networks where a second attempt with the same key is safe."""

    def test_the_same_key_twice_stands_once(self, harness: Harness, ears: Ears, question: Seen) -> None:
        outgoing = reply_to(harness, question)
        first = harness.channel.send(ears.link, outgoing)
        second = harness.channel.send(ears.link, outgoing)
        assert first.external_id == second.external_id
        assert harness.standing_replies(question.external_id) == [Standing(first.external_id, outgoing.text)]

    def test_the_same_key_after_an_unknown_outcome_stands_once(
        self, harness: Harness, ears: Ears, question: Seen
    ) -> None:
        outgoing = reply_to(harness, question)
        harness.time_out_after_effect()
        failure(lambda: harness.channel.send(ears.link, outgoing))
        receipt = harness.channel.send(ears.link, outgoing)
        assert harness.standing_replies(question.external_id) == [Standing(receipt.external_id, outgoing.text)]

    def test_another_key_is_another_reply(self, harness: Harness, link: Link) -> None:
        now = clock.now()
        assert len({harness.channel.new_key(now) for _ in range(1000)}) == 1000


class TakesDown(Base):
    """For networks where our own reply can be taken down."""

    def test_our_own_reply_comes_down_once(self, harness: Harness, ears: Ears, question: Seen) -> None:
        outgoing = reply_to(harness, question)
        receipt = harness.channel.send(ears.link, outgoing)
        harness.channel.delete(ears.link, receipt.external_id)
        assert not harness.standing_replies(question.external_id)
        harness.channel.delete(ears.link, receipt.external_id)
        ears.wait_gone(receipt.external_id)

    def test_other_peoples_messages_do_not_come_down(self, harness: Harness, ears: Ears, question: Seen) -> None:
        error = failure(lambda: harness.channel.delete(ears.link, question.external_id))
        assert (error.symbol, error.permanent) == (Symbol.FORBIDDEN, True)


class Threads(Base):
    """For networks where people write to each other in public."""

    def test_an_answer_under_our_own_post_arrives(self, harness: Harness, ears: Ears) -> None:
        post = harness.brand_posts_elsewhere(unique("New tents are in."))
        own = ears.wait(post)
        assert own.author.external_id == ears.link.external_id
        seen = ears.wait(harness.customer_replies(post, unique("How much?")))
        assert (seen.parent_id, seen.thread_id, seen.told) == (post, post, True)

    def test_the_thread_around_a_mention_is_fetched(self, harness: Harness, ears: Ears) -> None:
        root = harness.customer_posts(unique("Looking for a warm bag."), mention=False, who=1)
        answer = harness.customer_replies(root, unique("Ask them!"), mention=True, who=2)
        seen = ears.wait(answer)
        assert (seen.parent_id, seen.thread_id, seen.told) == (root, root, True)
        around = ears.wait(root)
        assert around.context
        assert not around.told

    def test_what_people_write_to_each_other_is_not_told(self, harness: Harness, ears: Ears) -> None:
        stray = harness.customer_posts(unique("Lovely weather."), mention=False, who=1)
        ears.wait(harness.customer_posts(unique("Hello!")))
        assert stray not in {event.object_id for event in ears.heard.values()}

    def test_a_mention_names_the_brand(self, harness: Harness, ears: Ears, question: Seen) -> None:
        assert ears.link.external_id in question.mentions
        assert question.public
        assert question.link.startswith("http")


class Quotes(Base):
    """For networks where a post can quote another."""

    def test_a_quote_of_our_post_arrives(self, harness: QuotingHarness, ears: Ears) -> None:
        post = harness.brand_posts_elsewhere(unique("New tents are in."))
        seen = ears.wait(harness.customer_quotes(post, unique("Look at this!")))
        assert seen.quotes_id == post
        assert seen.parent_id is None
        assert seen.told


class Edits(Base):
    """For networks where a message can be edited."""

    def test_an_edit_is_another_event_of_the_same_message(
        self, harness: EditingHarness, ears: Ears, question: Seen
    ) -> None:
        before = set(ears.heard)
        text = unique("Where is my tent, please?")
        harness.customer_edits(question.external_id, text)
        seen = ears.wait(question.external_id, lambda seen: text in seen.text)
        assert seen.edited
        assert seen.version_at is not None
        assert question.version_at is not None
        assert seen.version_at > question.version_at
        assert set(ears.heard) - before, "an edit must have a key of its own"
        assert seen.thread_id == question.thread_id


class Pictures(Base):
    """For networks where a reply can carry pictures."""

    PNG = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
    )

    def test_a_picture_with_its_alt_text_comes_in(self, harness: PicturingHarness, ears: Ears) -> None:
        alt = "A zip, torn in the middle <b>"
        seen = ears.wait(harness.customer_posts_picture(unique("Look at the zip."), alt))
        assert [item.alt for item in seen.media] == [alt]
        assert seen.media[0].url.startswith("http")

    def test_a_picture_with_its_alt_text_goes_out(self, harness: PicturingHarness, ears: Ears, question: Seen) -> None:
        alt = "How to mend the zip" if manifest_of(harness, ears.link).alt_text else ""
        picture = Picture(self.PNG, "image/png", alt, 1, 1)
        receipt = harness.channel.send(ears.link, reply_to(harness, question, pictures=(picture,)))
        assert harness.alt_texts(receipt.external_id) == [alt]


class Pushes(Base):
    """For networks that deliver by webhook."""

    def test_a_rightly_signed_delivery_is_taken(self, harness: PushingHarness, link: Link) -> None:
        body = harness.delivery()
        harness.channel.verify(harness.signed(body), link.secret)
        events = harness.channel.split(body)
        assert len(events) == 1
        assert events[0].key
        assert harness.channel.parse(events[0], link)

    def test_a_changed_body_is_not_taken(self, harness: PushingHarness, link: Link) -> None:
        hook = harness.signed(harness.delivery())
        with pytest.raises(BadSignature):
            harness.channel.verify(replace(hook, body=hook.body + b" "), link.secret)

    def test_an_old_signature_is_not_taken(self, harness: PushingHarness, link: Link) -> None:
        body = harness.delivery()
        for age in (timedelta(minutes=6), timedelta(minutes=-6)):
            with pytest.raises(BadSignature):
                harness.channel.verify(harness.signed(body, age=age), link.secret)
        harness.channel.verify(harness.signed(body, age=timedelta(minutes=4)), link.secret)

    def test_a_missing_signature_is_not_taken(self, harness: PushingHarness, link: Link) -> None:
        hook = harness.signed(harness.delivery())
        with pytest.raises(BadSignature):
            harness.channel.verify(replace(hook, headers={"content-type": "application/json"}), link.secret)

    def test_an_account_without_a_secret_takes_nothing(self, harness: PushingHarness, link: Link) -> None:
        with pytest.raises(BadSignature):
            harness.channel.verify(harness.signed(harness.delivery()), {})

    def test_a_broken_delivery_is_kept_whole(self, harness: PushingHarness, link: Link) -> None:
        for body in (b"", b"{", b"[]", b"null", b"\xff\xfe", harness.delivery()[:-9]):
            with pytest.raises(Unreadable):
                harness.channel.split(body)

    def test_the_poll_and_the_webhook_give_the_same_key(self, harness: PushingHarness, ears: Ears) -> None:
        pushed = harness.channel.split(harness.delivery())[0]
        ears.poll()
        assert pushed.key in ears.heard

    def test_a_verification_request_is_answered(self, harness: PushingHarness, link: Link) -> None:
        request, expected = harness.challenge()
        assert harness.channel.handshake(request, link.secret) == expected
        assert harness.channel.handshake(replace(request, query={}), link.secret) is None
        assert harness.channel.handshake(request, {}) is None
        assert harness.channel.handshake(harness.signed(harness.delivery()), link.secret) is None
