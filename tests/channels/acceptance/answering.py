"""Answering on a network: once, whatever happens."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from answerable.channels.contract import (
    Link,
    Outgoing,
    Receipt,
    Seen,
    Symbol,
)
from answerable.core import clock
from tests.channels.acceptance.ears import Base, Ears, connect, failure, manifest_of, reply_to, unique
from tests.channels.acceptance.harness import (
    HOSTILE,
    Harness,
    Standing,
)


class Answers(Base):
    """A reply stands, or it is said exactly why not."""

    def test_a_reply_stands_once(self, harness: Harness, ears: Ears, question: Seen) -> None:
        outgoing = reply_to(harness, question)
        receipt = harness.channel.send(ears.link, outgoing)
        assert harness.standing_replies(question.external_id) == [Standing(receipt.external_id, outgoing.text)]
        expected = harness.channel.expected_id(ears.link, outgoing.key)
        assert expected in (None, receipt.external_id)
        assert json.loads(json.dumps(dict(receipt.raw))) == dict(receipt.raw)

    def test_the_echo_of_a_reply_has_the_id_of_its_receipt(self, harness: Harness, ears: Ears, question: Seen) -> None:
        outgoing = reply_to(harness, question)
        receipt = harness.channel.send(ears.link, outgoing)
        echo = ears.wait(receipt.external_id)
        assert echo.author.external_id == ears.link.external_id
        assert (echo.text, echo.parent_id) == (outgoing.text, outgoing.parent_id)

    def test_hostile_text_goes_out_unchanged(self, harness: Harness, ears: Ears, question: Seen) -> None:
        receipt = harness.channel.send(ears.link, reply_to(harness, question, HOSTILE))
        assert harness.standing_replies(question.external_id) == [Standing(receipt.external_id, HOSTILE)]

    def test_half_a_character_is_refused_and_nothing_worse(self, harness: Harness, ears: Ears, question: Seen) -> None:
        error = failure(lambda: harness.channel.send(ears.link, reply_to(harness, question, "half \ud83d")))
        assert (error.symbol, error.permanent, error.effect_unknown) == (Symbol.REFUSED, True, False)
        assert not harness.standing_replies(question.external_id)

    def test_the_measure_is_the_limit(self, harness: Harness, ears: Ears, question: Seen) -> None:
        manifest = manifest_of(harness, ears.link)
        piece = "Ærlig talt 👩‍👩‍👧 "
        size = harness.channel.measure(piece, manifest)
        assert size > 0
        text = piece * (manifest.text_limit // size - 1) + "x"
        assert harness.channel.measure(text, manifest) <= manifest.text_limit
        harness.channel.send(ears.link, reply_to(harness, question, text))
        assert [one.text for one in harness.standing_replies(question.external_id)] == [text]

    def test_too_long_is_refused_for_good(self, harness: Harness, ears: Ears, question: Seen) -> None:
        manifest = manifest_of(harness, ears.link)
        text = "å" * (manifest.text_limit + 1)
        assert harness.channel.measure(text, manifest) > manifest.text_limit
        error = failure(lambda: harness.channel.send(ears.link, reply_to(harness, question, text)))
        assert (error.symbol, error.permanent, error.effect_unknown) == (Symbol.TOO_LONG, True, False)
        assert not harness.standing_replies(question.external_id)

    def test_content_that_is_not_wanted_is_refused_for_good(self, harness: Harness, ears: Ears, question: Seen) -> None:
        harness.refuse_next()
        error = failure(lambda: harness.channel.send(ears.link, reply_to(harness, question)))
        assert (error.symbol, error.permanent, error.effect_unknown) == (Symbol.REFUSED, True, False)
        assert not harness.standing_replies(question.external_id)

    def test_what_is_answered_may_be_gone(self, harness: Harness, ears: Ears, question: Seen) -> None:
        harness.customer_deletes(question.external_id)
        error = failure(lambda: harness.channel.send(ears.link, reply_to(harness, question)))
        assert (error.symbol, error.permanent, error.effect_unknown) == (Symbol.TARGET_GONE, True, False)

    @pytest.mark.parametrize("wait", [7.0, None])
    def test_too_many_requests_say_how_long_to_wait(
        self, harness: Harness, ears: Ears, question: Seen, wait: float | None
    ) -> None:
        harness.limit_next(wait)
        outgoing = reply_to(harness, question)
        error = failure(lambda: harness.channel.send(ears.link, outgoing))
        assert (error.symbol, error.permanent, error.effect_unknown) == (Symbol.RATE_LIMITED, False, False)
        assert (error.retry_after is None) == (wait is None)
        if wait is not None and error.retry_after is not None:
            assert abs(error.retry_after - wait) <= 2  # a network may say when, and not how long
        harness.channel.send(ears.link, outgoing)
        assert len(harness.standing_replies(question.external_id)) == 1

    def test_a_dead_token_is_said_everywhere(self, harness: Harness, ears: Ears, question: Seen) -> None:
        harness.break_token()
        calls: list[Callable[[], object]] = [
            lambda: harness.channel.check(ears.link),
            ears.poll,
            lambda: harness.channel.send(ears.link, reply_to(harness, question)),
        ]
        for call in calls:
            error = failure(call)
            assert (error.symbol, error.permanent, error.effect_unknown) == (Symbol.TOKEN_DEAD, True, False)
        again = connect(harness)
        assert Ears(harness, again).wait(question.external_id).text == question.text, "back-filled after reconnecting"

    def test_a_service_that_is_down_took_nothing(self, harness: Harness, ears: Ears, question: Seen) -> None:
        outgoing = reply_to(harness, question)
        with harness.service_down():
            for call in (lambda: harness.channel.send(ears.link, outgoing), ears.poll):
                error = failure(call)
                assert (error.symbol, error.permanent, error.effect_unknown) == (Symbol.UNREACHABLE, False, False)
        harness.channel.send(ears.link, outgoing)
        assert len(harness.standing_replies(question.external_id)) == 1


class Resolves(Base):
    """When nobody knows whether a reply stands, the network does."""

    def test_an_unknown_outcome_is_found_on_the_network(self, harness: Harness, ears: Ears, question: Seen) -> None:
        outgoing = reply_to(harness, question)
        harness.time_out_after_effect()
        error = failure(lambda: harness.channel.send(ears.link, outgoing))
        assert (error.permanent, error.effect_unknown) == (False, True)
        found = self.found(harness, ears.link, outgoing)
        assert found is not None
        assert harness.standing_replies(question.external_id) == [Standing(found.external_id, outgoing.text)]

    def test_an_unknown_outcome_that_did_not_happen_is_not_found(
        self, harness: Harness, ears: Ears, question: Seen
    ) -> None:
        outgoing = reply_to(harness, question)
        harness.time_out_before_effect()
        error = failure(lambda: harness.channel.send(ears.link, outgoing))
        assert (error.permanent, error.effect_unknown) == (False, True)
        assert harness.channel.find(ears.link, outgoing) is None
        receipt = harness.channel.send(ears.link, outgoing)
        assert harness.standing_replies(question.external_id) == [Standing(receipt.external_id, outgoing.text)]

    def test_nothing_is_found_of_what_was_never_sent(self, harness: Harness, ears: Ears, question: Seen) -> None:
        harness.brand_posts_elsewhere(unique("Something else."), parent=question.external_id)
        assert harness.channel.find(ears.link, reply_to(harness, question)) is None

    def found(self, harness: Harness, link: Link, outgoing: Outgoing) -> Receipt | None:
        """Looks until the network's own index had its time."""
        until = clock.now() + timedelta(seconds=harness.patience)
        while (receipt := harness.channel.find(link, outgoing)) is None and clock.now() < until:
            clock.pause(0.2)
        return receipt
