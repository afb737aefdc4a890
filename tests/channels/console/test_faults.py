"""Every way of failing, and what the adapter makes of it: exactly, since a wrong "it did not happen" answers twice."""

from __future__ import annotations

import threading

import pytest

from answerable.channels.console import faults
from answerable.channels.console.server import ConsoleServer
from answerable.channels.console.world import ConsoleRefused
from answerable.channels.contract import Receipt, Seen, Symbol
from tests.channels.acceptance import Ears, connect, failure, reply_to, unique
from tests.channels.console.harness import ConsoleHarness

# kind → symbol, permanent, effect_unknown, whether the reply stands
OUTCOMES = {
    "timeout_before": (Symbol.TIMEOUT, False, True, 0),
    "timeout_after": (Symbol.TIMEOUT, False, True, 1),
    "closed_before": (Symbol.TIMEOUT, False, True, 0),
    "closed_after": (Symbol.TIMEOUT, False, True, 1),
    "server_error_before": (Symbol.SERVER_ERROR, False, True, 0),
    "server_error_after": (Symbol.SERVER_ERROR, False, True, 1),
    "broken_answer": (Symbol.BAD_ANSWER, False, True, 1),
    "strange_answer": (Symbol.BAD_ANSWER, False, True, 1),
    "rate_limited": (Symbol.RATE_LIMITED, False, False, 0),
    "token_expired": (Symbol.TOKEN_DEAD, True, False, 0),
    "refused": (Symbol.REFUSED, True, False, 0),
    "forbidden": (Symbol.FORBIDDEN, True, False, 0),
}


def test_every_fault_of_a_request_has_its_outcome() -> None:
    assert set(OUTCOMES) | {"echo_first"} == set(faults.BEFORE | faults.AFTER)


@pytest.fixture(params=["chirp", "plaza", "meadow"])
def harness(server: ConsoleServer, request: pytest.FixtureRequest) -> ConsoleHarness:
    return ConsoleHarness(server, request.param)


@pytest.fixture
def ears(harness: ConsoleHarness) -> Ears:
    return Ears(harness, connect(harness))


@pytest.fixture
def question(harness: ConsoleHarness, ears: Ears) -> Seen:
    return ears.wait(harness.customer_posts(unique("Where is it?")))


@pytest.mark.parametrize("kind", OUTCOMES)
def test_a_reply_that_goes_wrong(harness: ConsoleHarness, ears: Ears, question: Seen, kind: str) -> None:
    symbol, permanent, unknown, stands = OUTCOMES[kind]
    harness.world.fault(harness.network, "reply", kind)
    outgoing = reply_to(harness, question)
    error = failure(lambda: harness.channel.send(ears.link, outgoing))
    assert (error.symbol, error.permanent, error.effect_unknown) == (symbol, permanent, unknown)
    assert len(harness.standing_replies(question.external_id)) == stands
    found = harness.channel.find(ears.link, outgoing)
    assert (found is not None) == bool(stands)


@pytest.mark.parametrize("kind", OUTCOMES)
def test_a_read_that_goes_wrong_has_no_effect_that_anybody_could_doubt(harness: ConsoleHarness, kind: str) -> None:
    ears = Ears(harness, connect(harness))
    harness.world.fault(harness.network, "poll", kind)
    error = failure(ears.poll)
    assert error.symbol is OUTCOMES[kind][0]
    assert not error.effect_unknown
    assert ears.cursor == {}
    ears.poll()


def test_a_look_that_fails_does_not_say_that_nothing_is_there(
    harness: ConsoleHarness, ears: Ears, question: Seen
) -> None:
    outgoing = reply_to(harness, question)
    harness.channel.send(ears.link, outgoing)
    harness.world.fault(harness.network, "*", "server_error_before")
    assert failure(lambda: harness.channel.find(ears.link, outgoing)).symbol is Symbol.SERVER_ERROR
    assert harness.channel.find(ears.link, outgoing) is not None


def test_a_fault_lasts_as_often_as_told(harness: ConsoleHarness, ears: Ears) -> None:
    harness.world.fault(harness.network, "whoami", "server_error_before", times=2)
    for _ in range(2):
        failure(lambda: harness.channel.check(ears.link))
    harness.channel.check(ears.link)


def test_a_fault_without_a_count_lasts_until_cleared(harness: ConsoleHarness, ears: Ears) -> None:
    harness.world.fault(harness.network, "whoami", "server_error_before", times=None)
    for _ in range(5):
        failure(lambda: harness.channel.check(ears.link))
    harness.world.clear_faults()
    harness.channel.check(ears.link)


def test_a_fault_of_one_network_leaves_the_others_alone(server: ConsoleServer) -> None:
    chirp, plaza = ConsoleHarness(server, "chirp"), ConsoleHarness(server, "plaza")
    links = connect(chirp), connect(plaza)
    server.world.fault("chirp", "whoami", "token_expired")
    plaza.channel.check(links[1])
    assert failure(lambda: chirp.channel.check(links[0])).symbol is Symbol.TOKEN_DEAD


def test_a_fault_that_nobody_knows_is_said(server: ConsoleServer) -> None:
    for network, verb, kind in (
        ("nowhere", "reply", "refused"),
        ("chirp", "sing", "refused"),
        ("chirp", "reply", "explode"),
        ("chirp", "event", "refused"),
    ):
        with pytest.raises(ConsoleRefused, match="known"):
            server.world.fault(network, verb, kind)


def test_the_echo_can_come_before_the_receipt(harness: ConsoleHarness, ears: Ears, question: Seen) -> None:
    harness.world.fault(harness.network, "reply", "echo_first")
    outgoing, receipts = reply_to(harness, question), list[Receipt]()
    # The short timeout of the harness is for silences that are meant; this one ends by our own poll.
    ears.link.settings["timeout"] = 30.0
    sender = threading.Thread(target=lambda: receipts.append(harness.channel.send(ears.link, outgoing)))
    sender.start()
    echo = _echo_while(sender, ears, outgoing.text, receipts)
    sender.join(timeout=30)
    assert [receipt.external_id for receipt in receipts] == [echo.external_id]


def _echo_while(sender: threading.Thread, ears: Ears, text: str, receipts: list[Receipt]) -> Seen:
    while sender.is_alive():
        ears.poll()
        found = [one for one in ears.read() if isinstance(one, Seen) and one.text == text]
        if found:
            return found[0]
    raise AssertionError(f"the answer came before the echo: {receipts}")
