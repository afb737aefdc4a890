"""From an agent's words to a receipt: once and only once, whatever the network does."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from answerable.cases.models import Wait
from answerable.channels.models import Account
from answerable.core import clock
from answerable.core.transitions import Refused
from answerable.inbox.models import Message
from answerable.people.rights import Forbidden, Seat
from answerable.replies import drafts, verbs
from answerable.replies.deliver import act
from answerable.replies.drafts import Overtaken
from answerable.replies.models import Delivery, Draft
from tests.desk import Desk

pytestmark = pytest.mark.django_db

EVERY_STYLE = pytest.mark.parametrize("network", ["meadow", "plaza", "chirp"])  # record key, idempotency key, none


def asked(desk: Desk, network: str = "meadow") -> Message:
    desk.connect(network)
    if network == "plaza":
        post = desk.world.say("plaza", "fjellro", "Nye telt!")
        return desk.hears("plaza", "kari", "Hva koster det?", parent=post["id"])
    return desk.hears(network, "kari", "@fjellro hvor er pakken?")


def standing(desk: Desk, message: Message) -> int:
    """How many replies of the brand stand under a message, on the network."""
    return len(desk.world.standing(message.network, parent=message.external_id))


@EVERY_STYLE
def test_an_answer_stands_once_and_shows_as_delivered(desk: Desk, anna: Seat, network: str) -> None:
    message = asked(desk, network)
    draft = desk.answers(anna, message, "I morgen, Kari.")
    delivery = desk.delivery(draft)
    assert delivery.state == "delivered"
    assert delivery.message is not None
    assert delivery.message.text == "I morgen, Kari."
    assert standing(desk, message) == 1
    assert Wait.objects.get(opener=message).outcome == "answered"


def test_a_double_click_is_one_reply(desk: Desk, anna: Seat) -> None:
    message = asked(desk)
    words = desk.words(message, "I morgen.")
    first, second = drafts.release(anna, words), drafts.release(anna, words)
    desk.deliver()
    assert first == second
    assert Delivery.objects.count() == 1
    assert standing(desk, message) == 1


def test_two_tabs_are_one_draft_and_one_reply(desk: Desk, anna: Seat) -> None:
    message = asked(desk)
    one, two = desk.words(message, "I morgen."), desk.words(message, "I morgen.", token=uuid.uuid4())
    drafts.release(anna, one)
    with pytest.raises(Overtaken, match="just answered"):
        drafts.release(anna, two)
    desk.deliver()
    assert standing(desk, message) == 1


def test_two_tabs_that_type_do_not_overwrite_each_other(desk: Desk, anna: Seat) -> None:
    message = asked(desk)
    draft = drafts.save(anna, desk.words(message, "I mor"))
    with pytest.raises(Overtaken, match="another tab"):
        drafts.save(anna, desk.words(message, "Hei Kari"))
    assert drafts.save(anna, desk.words(message, "I morgen.", version=draft.version)).pk == draft.pk
    assert Draft.objects.get().text == "I morgen."


def test_a_colleague_who_answers_meanwhile_stops_mine_and_keeps_my_words(desk: Desk, anna: Seat, lars: Seat) -> None:
    message = asked(desk)
    mine = desk.words(message, "Hei, vi sjekker.")
    desk.answers(lars, message, "I morgen.")
    drafts.save(anna, mine)
    with pytest.raises(Overtaken):
        drafts.release(anna, mine)
    assert standing(desk, message) == 1
    assert Draft.objects.get(user=anna.user).text == "Hei, vi sjekker."


def test_an_answer_in_the_app_meanwhile_stops_mine(desk: Desk, anna: Seat) -> None:
    message = asked(desk)
    mine = desk.words(message, "Hei!")
    desk.world.say("meadow", "fjellro", "Svar fra appen", parent=message.external_id)
    desk.listen()
    with pytest.raises(Overtaken):
        drafts.release(anna, mine)


def test_a_recalled_reply_never_leaves(desk: Desk, anna: Seat, settings: object) -> None:
    settings.RECALL_SECONDS = 5  # type: ignore[attr-defined]
    message = asked(desk)
    draft = drafts.release(anna, desk.words(message, "I morgn."))
    verbs.recall(anna, draft.pk)
    desk.deliver()
    assert standing(desk, message) == 0
    draft.refresh_from_db()
    assert (draft.state, draft.text) == ("writing", "I morgn.")
    again = drafts.release(anna, desk.words(message, "I morgen.", token=draft.token, version=draft.version))
    desk.deliver()
    assert again.pk == draft.pk
    assert standing(desk, message) == 1


def test_it_is_too_late_to_recall_what_was_delivered(desk: Desk, anna: Seat) -> None:
    draft = desk.answers(anna, asked(desk), "I morgen.")
    with pytest.raises(Refused, match="too late"):
        verbs.recall(anna, draft.pk)


UNKNOWN = ["timeout_after", "closed_after", "server_error_after", "broken_answer", "strange_answer"]


@EVERY_STYLE
@pytest.mark.parametrize("fault", UNKNOWN)
def test_an_answer_that_got_lost_is_found_and_not_sent_again(desk: Desk, anna: Seat, network: str, fault: str) -> None:
    message = asked(desk, network)
    desk.world.fault(network, "reply", fault, seconds=0.2)
    draft = desk.answers(anna, message, "I morgen.")
    desk.deliver()
    assert desk.delivery(draft).state == "delivered"
    assert standing(desk, message) == 1
    assert Wait.objects.get(opener=message).outcome == "answered"


@pytest.mark.parametrize("network", ["meadow", "plaza"])
@pytest.mark.parametrize("fault", ["timeout_before", "closed_before", "server_error_before"])
def test_what_never_arrived_is_sent_again_where_that_is_safe(desk: Desk, anna: Seat, network: str, fault: str) -> None:
    message = asked(desk, network)
    desk.world.fault(network, "reply", fault, seconds=0.2)
    draft = desk.answers(anna, message, "I morgen.")
    desk.deliver()
    desk.deliver()
    assert desk.delivery(draft).state == "delivered"
    assert standing(desk, message) == 1


def test_where_a_second_attempt_is_not_safe_a_person_is_asked(desk: Desk, anna: Seat) -> None:
    message = asked(desk, "chirp")
    desk.world.fault("chirp", "reply", "timeout_before", seconds=0.2)
    draft = desk.answers(anna, message, "I morgen.")
    for _ in range(5):
        desk.deliver()
    delivery = desk.delivery(draft)
    assert (delivery.state, delivery.due_at) == ("unknown", None)
    assert "look" in delivery.trouble
    assert standing(desk, message) == 0
    verbs.not_there(anna, draft.pk)
    verbs.try_again(anna, draft.pk)
    desk.deliver()
    assert desk.delivery(draft).state == "delivered"
    assert standing(desk, message) == 1


def test_a_person_may_have_it_looked_for_once_more(desk: Desk, anna: Seat) -> None:
    message = asked(desk, "chirp")
    desk.world.fault("chirp", "reply", "timeout_before", seconds=0.2)
    draft = desk.answers(anna, message, "I morgen.")
    for _ in range(5):
        desk.deliver()
    desk.world.say("chirp", "fjellro", "I morgen.", parent=message.external_id)
    verbs.look_again(anna, draft.pk)
    desk.deliver()
    assert desk.delivery(draft).state == "delivered"


@EVERY_STYLE
def test_an_echo_before_the_receipt_is_the_same_message(desk: Desk, anna: Seat, network: str) -> None:
    message = asked(desk, network)
    desk.world.fault(network, "reply", "timeout_after", seconds=0.2)
    draft = drafts.release(anna, desk.words(message, "I morgen."))
    act(desk.delivery(draft).pk)
    assert desk.delivery(draft).state == "unknown"
    desk.listen()
    assert Message.objects.filter(outbound=True, parent=message).count() == 1
    desk.deliver()
    delivery = desk.delivery(draft)
    assert delivery.state == "delivered"
    assert delivery.message == Message.objects.get(outbound=True, parent=message)


def test_the_same_words_sent_earlier_are_not_taken_for_this_reply(desk: Desk, anna: Seat) -> None:
    message = asked(desk, "chirp")
    desk.answers(anna, message, "Takk!")
    desk.world.fault("chirp", "reply", "timeout_before", seconds=0.2)
    second = desk.answers(anna, message, "Takk!")
    for _ in range(5):
        desk.deliver()
    assert desk.delivery(second).state == "unknown"


def test_429_waits_as_long_as_the_network_asks(desk: Desk, anna: Seat) -> None:
    message = asked(desk)
    desk.world.fault("meadow", "reply", "rate_limited", retry_after=120)
    draft = drafts.release(anna, desk.words(message, "I morgen."))
    act(desk.delivery(draft).pk)
    delivery = desk.delivery(draft)
    assert (delivery.state, delivery.symbol) == ("queued", "rate_limited")
    assert delivery.due_at is not None
    assert 100 < (delivery.due_at - clock.now()).total_seconds() <= 120
    desk.deliver()
    assert desk.delivery(draft).state == "delivered"


def test_429_without_a_time_backs_off(desk: Desk, anna: Seat) -> None:
    message = asked(desk)
    desk.world.fault("meadow", "reply", "rate_limited", times=2)
    draft = drafts.release(anna, desk.words(message, "I morgen."))
    act(desk.delivery(draft).pk)
    first = desk.delivery(draft)
    assert first.state == "queued"
    assert first.due_at is not None
    assert first.due_at > clock.now()
    desk.deliver()
    desk.deliver()
    assert desk.delivery(draft).state == "delivered"
    assert standing(desk, message) == 1


def test_a_reply_that_cannot_leave_for_hours_becomes_a_persons_matter(desk: Desk, anna: Seat) -> None:
    message = asked(desk)
    desk.world.fault("meadow", "reply", "rate_limited", times=None)
    draft = drafts.release(anna, desk.words(message, "I morgen."))
    Delivery.objects.update(created_at=clock.now() - timedelta(hours=7))
    act(desk.delivery(draft).pk)
    assert desk.delivery(draft).state == "failed"


def test_a_refusal_is_shown_and_the_words_can_be_changed(desk: Desk, anna: Seat) -> None:
    message = asked(desk)
    desk.world.fault("meadow", "reply", "refused", message="no such words here")
    draft = desk.answers(anna, message, "I morgen.")
    delivery = desk.delivery(draft)
    assert delivery.state == "refused"
    assert "no such words here" in delivery.trouble
    assert Wait.objects.get().outcome == ""
    verbs.edit(anna, draft.pk)
    draft.refresh_from_db()
    words = desk.words(message, "På mandag.", token=draft.token, version=draft.version)
    drafts.release(anna, words)
    desk.deliver()
    assert desk.delivery(draft).state == "delivered"
    assert desk.delivery(draft).number == 2


def test_a_dead_token_fails_the_reply_and_listening_goes_on_when_it_is_mended(desk: Desk, anna: Seat) -> None:
    message = asked(desk)
    desk.world.kill_tokens("meadow", "fjellro")
    draft = desk.answers(anna, message, "I morgen.")
    assert desk.delivery(draft).state == "failed"
    assert Account.objects.get().state == "ailing"
    desk.world.say("meadow", "ola", "@fjellro er dere der?")
    desk.listen()
    assert Account.objects.get().trouble == "token_dead"
    desk.connect()
    desk.listen()
    assert Account.objects.get().state == "connected"
    assert Wait.objects.count() == 2
    verbs.try_again(anna, draft.pk)
    desk.deliver()
    assert standing(desk, message) == 1


def test_what_the_network_would_not_take_is_refused_before_sending(desk: Desk, anna: Seat) -> None:
    message = asked(desk)
    with pytest.raises(Refused, match="shorten by 1"):
        drafts.release(anna, desk.words(message, "å" * 301))
    assert Draft.objects.filter(state="released").count() == 0
    with pytest.raises(Refused, match="empty"):
        drafts.release(anna, desk.words(message, " \n "))


def test_nothing_is_sent_to_a_message_that_its_author_deleted(desk: Desk, anna: Seat) -> None:
    message = asked(desk)
    words = desk.words(message, "I morgen.")
    desk.world.delete("meadow", message.external_id)
    desk.listen()
    with pytest.raises(Refused, match="deleted"):
        drafts.release(anna, words)


def test_a_target_deleted_while_the_reply_is_on_its_way_refuses_it(desk: Desk, anna: Seat) -> None:
    message = asked(desk)
    draft = drafts.release(anna, desk.words(message, "I morgen."))
    desk.world.delete("meadow", message.external_id)
    desk.deliver()
    assert desk.delivery(draft).state == "refused"
    assert standing(desk, message) == 0


def test_taking_down_deletes_on_the_network_and_the_wait_goes_on(desk: Desk, anna: Seat, lars: Seat) -> None:
    message = asked(desk)
    draft = desk.answers(anna, message, "I går.")
    reply = desk.delivery(draft).message
    assert reply is not None
    with pytest.raises(Forbidden):
        verbs.take_down(anna, reply.pk, "feil dag")
    with pytest.raises(Refused, match="why"):
        verbs.take_down(lars, reply.pk, "  ")
    verbs.take_down(lars, reply.pk, "feil dag")
    desk.deliver()
    assert standing(desk, message) == 0
    wait = Wait.objects.get()
    assert (wait.outcome, wait.started_at) == ("", message.at)


def test_taking_down_survives_a_lost_answer(desk: Desk, anna: Seat, lars: Seat) -> None:
    message = asked(desk)
    reply = desk.delivery(desk.answers(anna, message, "I går.")).message
    assert reply is not None
    desk.world.fault("meadow", "delete", "timeout_after", seconds=0.2)
    verbs.take_down(lars, reply.pk, "feil dag")
    desk.deliver()
    desk.deliver()
    reply.refresh_from_db()
    assert reply.gone_at is not None
    assert standing(desk, message) == 0


def test_a_worker_that_died_holding_the_lease_is_taken_over(desk: Desk, anna: Seat) -> None:
    message = asked(desk)
    draft = drafts.release(anna, desk.words(message, "I morgen."))
    delivery = desk.delivery(draft)
    Delivery.objects.filter(pk=delivery.pk).update(state="leased", lease=uuid.uuid4(), tries=1)
    desk.deliver()
    assert desk.delivery(draft).state == "delivered"
    assert standing(desk, message) == 1


@EVERY_STYLE
def test_a_worker_that_died_after_sending_is_made_good_by_looking(desk: Desk, anna: Seat, network: str) -> None:
    message = asked(desk, network)
    draft = desk.answers(anna, message, "I morgen.")
    delivery = desk.delivery(draft)
    Delivery.objects.filter(pk=delivery.pk).update(
        state="sending", lease=uuid.uuid4(), message=None, due_at=clock.now(), ended_at=None, external_id=""
    )
    desk.deliver()
    assert desk.delivery(draft).state == "delivered"
    assert standing(desk, message) == 1


def test_a_second_worker_leaves_a_held_delivery_alone(desk: Desk, anna: Seat) -> None:
    message = asked(desk)
    draft = drafts.release(anna, desk.words(message, "I morgen."))
    delivery = desk.delivery(draft)
    held = {"state": "leased", "lease": uuid.uuid4(), "due_at": clock.now() + timedelta(seconds=30)}
    Delivery.objects.filter(pk=delivery.pk).update(**held)
    act(delivery.pk)
    assert desk.delivery(draft).state == "leased"
    assert standing(desk, message) == 0


def test_a_composers_token_is_good_for_its_own_message_only(desk: Desk, anna: Seat) -> None:
    kari = asked(desk)
    ola = desk.hears("meadow", "ola", "@fjellro hei")
    mine = desk.words(kari, "Til Kari")
    drafts.save(anna, mine)
    with pytest.raises(Overtaken, match="another message"):
        drafts.release(anna, desk.words(ola, "Til Kari", token=mine.token, version=1))
    assert standing(desk, ola) == 0


def test_a_colleagues_token_gives_a_draft_of_ones_own(desk: Desk, anna: Seat, lars: Seat) -> None:
    message = asked(desk)
    mine = desk.words(message, "Fra Anna")
    drafts.save(anna, mine)
    drafts.save(lars, desk.words(message, "Fra Lars", token=mine.token))
    assert set(Draft.objects.values_list("text", flat=True)) == {"Fra Anna", "Fra Lars"}


def test_a_take_down_whose_worker_died_is_done_again(desk: Desk, lars: Seat) -> None:
    message = asked(desk)
    desk.world.say("meadow", "fjellro", "Fra appen", parent=message.external_id)
    desk.listen()
    reply = Message.objects.get(outbound=True)
    delivery = verbs.take_down(lars, reply.pk, "feil")
    Delivery.objects.filter(pk=delivery.pk).update(state="sending", lease=uuid.uuid4(), tries=1)
    desk.deliver()
    reply.refresh_from_db()
    assert reply.gone_at is not None
    assert standing(desk, message) == 0


def test_a_draft_discarded_in_one_tab_is_not_sent_from_another(desk: Desk, anna: Seat) -> None:
    message = asked(desk)
    words = desk.words(message, "I morgen.")
    draft = drafts.save(anna, words)
    drafts.discard(anna, draft.pk)
    with pytest.raises(Overtaken, match="discarded"):
        drafts.release(anna, words)
    with pytest.raises(Overtaken, match="discarded"):
        drafts.save(anna, words)


def test_an_own_reply_deleted_in_the_app_is_noticed_without_being_told(desk: Desk, anna: Seat) -> None:
    message = asked(desk)
    reply = desk.delivery(desk.answers(anna, message, "I går.")).message
    assert reply is not None
    from answerable.inbox.poll import watched

    assert reply.external_id in watched(reply.account)
