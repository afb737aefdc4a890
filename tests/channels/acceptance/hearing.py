"""Connecting to a network, and hearing what happens there."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from answerable.channels.contract import (
    Gone,
    Link,
    Seen,
    Symbol,
    Unreadable,
)
from answerable.core import clock
from tests.channels.acceptance.ears import Base, Ears, connect, failure, reply_to, unique
from tests.channels.acceptance.harness import (
    HOSTILE,
    Harness,
)


class Connects(Base):
    """A person connects the brand's account."""

    def test_it_connects_as_somebody(self, harness: Harness, link: Link) -> None:
        assert link.external_id
        assert link.secret
        assert not set(map(str, link.secret.values())) & set(map(str, link.settings.values())), "a secret in the open"
        assert harness.channel.check(link).external_id == link.external_id

    def test_what_connecting_gives_can_be_stored(self, harness: Harness, link: Link) -> None:
        assert json.loads(json.dumps(link.settings)) == link.settings
        assert json.loads(json.dumps(link.secret)) == link.secret

    def test_connecting_again_is_the_same_account(self, harness: Harness, link: Link) -> None:
        assert connect(harness).external_id == link.external_id

    def test_a_wrong_password_is_said(self, harness: Harness) -> None:
        error = failure(lambda: harness.channel.connect(harness.wrong_password(), allow_hosts=harness.allow_hosts))
        assert (error.symbol, error.permanent) == (Symbol.BAD_CREDENTIALS, True)

    def test_an_unknown_handle_is_said(self, harness: Harness) -> None:
        error = failure(lambda: harness.channel.connect(harness.unknown_handle(), allow_hosts=harness.allow_hosts))
        # Some networks do not tell strangers which handles exist.
        assert error.symbol in (Symbol.NOT_FOUND, Symbol.BAD_CREDENTIALS)
        assert error.permanent

    def test_an_unreachable_service_is_said(self, harness: Harness) -> None:
        error = failure(lambda: harness.channel.connect(harness.unreachable(), allow_hosts=harness.allow_hosts))
        assert (error.symbol, error.permanent, error.effect_unknown) == (Symbol.UNREACHABLE, False, False)

    def test_a_private_service_address_is_not_dialled(self, harness: Harness) -> None:
        error = failure(lambda: harness.channel.connect(harness.values(), allow_hosts=()))
        assert (error.symbol, error.effect_unknown) == (Symbol.ADDRESS_REFUSED, False)


class Hears(Base):
    """What people and the brand write arrives, once, and reads as it was written."""

    def test_what_a_customer_writes_to_the_brand_arrives(self, harness: Harness, ears: Ears, link: Link) -> None:
        text = unique("My tent leaks.")
        seen = ears.wait(harness.customer_posts(text))
        assert text in seen.text
        assert seen.told
        assert not seen.context
        assert seen.thread_id == seen.external_id
        assert seen.parent_id is None
        assert seen.author.external_id not in ("", link.external_id)
        assert seen.author.handle
        assert seen.indexed_at is not None
        assert seen.indexed_at.tzinfo is not None
        assert not seen.edited

    def test_parsing_is_pure(self, harness: Harness, ears: Ears, question: Seen) -> None:
        for event in ears.heard.values():
            assert harness.channel.parse(event, ears.link) == harness.channel.parse(event, ears.link)

    def test_an_overlap_gives_the_same_keys(self, harness: Harness, ears: Ears, question: Seen) -> None:
        before = set(ears.heard)
        again = Ears(harness, ears.link)
        again.poll()
        assert {key for key in again.heard if again.heard[key].object_id == question.external_id} == {
            key for key in ears.heard if ears.heard[key].object_id == question.external_id
        }
        ears.poll()
        assert {key for key in ears.heard if ears.heard[key].object_id == question.external_id} <= before

    def test_the_customer_goes_on_in_the_thread(self, harness: Harness, ears: Ears, question: Seen) -> None:
        receipt = harness.channel.send(ears.link, reply_to(harness, question))
        text = unique("Thank you, but it still leaks.")
        seen = ears.wait(harness.customer_replies(receipt.external_id, text))
        assert text in seen.text
        assert seen.parent_id == receipt.external_id
        assert seen.thread_id == question.thread_id
        assert seen.told
        assert seen.author.external_id == question.author.external_id

    def test_our_own_reply_made_elsewhere_is_heard(self, harness: Harness, ears: Ears, question: Seen) -> None:
        text = unique("Answered in the app.")
        seen = ears.wait(harness.brand_posts_elsewhere(text, parent=question.external_id))
        assert text in seen.text
        assert seen.author.external_id == ears.link.external_id
        assert seen.parent_id == question.external_id
        assert seen.thread_id == question.thread_id
        assert not seen.told

    def test_a_deletion_is_heard(self, harness: Harness, ears: Ears, question: Seen) -> None:
        harness.customer_deletes(question.external_id)
        ears.wait_gone(question.external_id)
        assert any(event.gone for event in ears.heard.values() if event.object_id == question.external_id)

    def test_watching_tells_only_of_what_is_gone(self, harness: Harness, ears: Ears, question: Seen) -> None:
        ears.poll(question.external_id)
        assert not [one for one in ears.read() if isinstance(one, Gone) and one.external_id == question.external_id]

    def test_a_malformed_payload_is_unreadable(self, harness: Harness, link: Link) -> None:
        with pytest.raises(Unreadable, match=r"\w"):
            harness.channel.parse(harness.malformed(), link)

    @pytest.mark.parametrize("body", ["", "{", "[]", "null", '"text"', "{}", '{"a": ' * 5000])
    def test_garbage_is_unreadable_and_nothing_worse(self, harness: Harness, link: Link, body: str) -> None:
        broken = replace(harness.malformed(), body=body)
        with pytest.raises(Unreadable):
            harness.channel.parse(broken, link)

    def test_unknown_fields_change_nothing(self, harness: Harness, ears: Ears, question: Seen) -> None:
        event = next(event for event in ears.heard.values() if event.object_id == question.external_id)
        plain = harness.channel.parse(event, ears.link)
        assert harness.channel.parse(harness.with_unknown_fields(event), ears.link) == plain

    def test_hostile_text_comes_in_unchanged(self, harness: Harness, ears: Ears) -> None:
        text = unique(HOSTILE)[: harness.longest]
        assert text in ears.wait(harness.customer_posts(text)).text

    def test_the_longest_text_comes_in_whole(self, harness: Harness, ears: Ears) -> None:
        text = ("Lenge leve lange klager. " * (harness.longest // 25 + 1))[: harness.longest - 40].strip()
        assert text in ears.wait(harness.customer_posts(text)).text

    @pytest.mark.parametrize(
        "claim", ["1969-12-31T23:59:59Z", "9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00Z", "yesterday"]
    )
    def test_an_absurd_clock_of_the_author_stops_nothing(self, harness: Harness, ears: Ears, claim: str) -> None:
        seen = ears.wait(harness.customer_posts(unique("What time is it?"), claimed_at=claim))
        assert seen.indexed_at is not None
        assert seen.claimed_at is None or seen.claimed_at.tzinfo is not None
        assert abs(seen.indexed_at - clock.now()) < timedelta(days=1), (
            "the network's clock must not follow the author's"
        )
