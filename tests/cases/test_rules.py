"""What counts, through the desk: what a customer does on a network, and what the brand then owes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from answerable.cases import verbs
from answerable.cases.models import Case, Wait
from answerable.core import clock
from answerable.core.models import Event
from answerable.core.transitions import Refused
from answerable.inbox.models import Message
from answerable.people.rights import Seat
from tests.desk import Desk

pytestmark = pytest.mark.django_db


def test_a_mention_opens_a_wait_and_a_case(desk: Desk) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro teltet mitt kom uten stenger")
    wait = desk.wait()
    assert (wait.opener, wait.asked, wait.outcome, wait.started_at) == (message, 1, "", message.at)
    assert wait.case.waiting == 1
    assert wait.first


def test_asking_again_raises_the_count_and_moves_up(desk: Desk) -> None:
    desk.connect()
    first = desk.hears("meadow", "kari", "@fjellro hallo?")
    key = desk.case().queue_key
    desk.hears("meadow", "kari", "@fjellro er det noen der?", parent=first.external_id)
    assert (desk.wait().asked, desk.wait().opener) == (2, first)
    after = desk.case().queue_key
    assert key is not None
    assert after is not None
    assert after < key


def test_what_is_not_addressed_opens_nothing(desk: Desk) -> None:
    desk.connect()
    root = desk.world.say("meadow", "kari", "Noen som har prøvd Fjellro sitt telt?")
    desk.world.say("meadow", "ola", "ja, helt greit", parent=root["id"])
    desk.listen()
    assert not Wait.objects.exists()


def test_a_bystander_answering_a_customer_is_not_addressed_but_asking_us_is(desk: Desk) -> None:
    desk.connect("plaza")
    post = desk.world.say("plaza", "fjellro", "Nye telt i butikken!")
    comment = desk.hears("plaza", "kari", "Kommer det grønne tilbake?", parent=post["id"])
    answer = desk.hears("plaza", "ola", "Jeg fant det i en annen butikk", parent=comment.external_id)
    asks = desk.hears("plaza", "siri", "Hva koster det?", parent=post["id"])
    assert (comment.addressed, answer.addressed, asks.addressed) == (True, False, True)
    assert Wait.objects.count() == 2


def test_a_reply_to_a_bystander_ends_only_the_bystanders_wait(desk: Desk, anna: Seat) -> None:
    desk.connect("plaza")
    post = desk.world.say("plaza", "fjellro", "Nye telt i butikken!")
    kari = desk.hears("plaza", "kari", "Når åpner dere?", parent=post["id"])
    siri = desk.hears("plaza", "siri", "Hva koster det?", parent=post["id"])
    desk.answers(anna, siri, "Det koster 2 990 kroner, Siri.")
    assert Wait.objects.get(opener=siri).outcome == "answered"
    assert Wait.objects.get(opener=kari).outcome == ""


def test_a_reply_from_here_ends_the_wait(desk: Desk, anna: Seat) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro hvor er pakken?")
    desk.answers(anna, message, "Hei Kari, den kommer i morgen.")
    wait = desk.wait()
    assert wait.outcome == "answered"
    assert wait.answer is not None
    assert wait.answer.parent == message
    assert desk.case().waiting == 0
    assert desk.case().queue_key is None


def test_a_reply_in_the_networks_own_app_ends_the_wait(desk: Desk) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro hvor er pakken?")
    desk.world.say("meadow", "fjellro", "Hei Kari!", parent=message.external_id)
    desk.listen()
    assert desk.wait().outcome == "answered"


def test_a_brand_post_without_a_parent_ends_nothing(desk: Desk) -> None:
    desk.connect()
    desk.hears("meadow", "kari", "@fjellro hvor er pakken?")
    desk.world.say("meadow", "fjellro", "God helg alle sammen! @kari")
    desk.listen()
    assert desk.wait().outcome == ""


def test_an_automatic_reply_ends_nothing(desk: Desk) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro hvor er pakken?")
    desk.world.account("meadow", "fjellro", automatic=True)
    reply = desk.world.say("meadow", "fjellro", "Takk, vi svarer snart.", parent=message.external_id)
    desk.listen()
    Message.objects.filter(external_id=reply["id"]).update(automatic=True)
    from answerable.cases.settle import settle

    settle(message.thread_id, message.author_id)
    assert desk.wait().outcome == ""


def test_the_next_question_is_the_next_wait_of_the_same_case(desk: Desk, anna: Seat) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro hvor er pakken?")
    draft = desk.answers(anna, message, "I morgen.")
    reply = desk.delivery(draft).external_id
    desk.hears("meadow", "kari", "Den kom ikke.", parent=reply)
    first, second = Wait.objects.order_by("id")
    assert (first.first, second.first) == (True, False)
    assert first.case == second.case
    assert second.outcome == ""


def test_the_authors_deletion_withdraws_the_wait(desk: Desk) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro hvor er pakken?")
    desk.world.delete("meadow", message.external_id)
    desk.listen()
    assert desk.wait().outcome == "withdrawn"
    assert desk.case().waiting == 0


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [("spam", "excused"), ("nothing_to_answer", "excused"), ("too_late", "closed_unanswered")],
)
def test_a_decision_with_a_reason_ends_the_wait(desk: Desk, anna: Seat, reason: str, outcome: str) -> None:
    desk.connect()
    desk.hears("meadow", "kari", "@fjellro hei")
    verbs.decide(anna, desk.wait().pk, reason)
    assert desk.wait().outcome == outcome


def test_answered_elsewhere_needs_the_link(desk: Desk, anna: Seat) -> None:
    desk.connect()
    desk.hears("meadow", "kari", "@fjellro hei")
    with pytest.raises(Refused, match="https://"):
        verbs.decide(anna, desk.wait().pk, "answered_elsewhere")
    verbs.decide(anna, desk.wait().pk, "answered_elsewhere", "https://plaza.test/p/1")
    assert desk.wait().outcome == "answered_elsewhere"


def test_a_decision_can_be_undone_as_if_it_had_never_been(desk: Desk, anna: Seat) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro hei")
    decision = verbs.decide(anna, desk.wait().pk, "spam")
    verbs.undo_decision(anna, decision.pk)
    wait = desk.wait()
    assert (wait.outcome, wait.ended_at, wait.started_at) == ("", None, message.at)
    assert desk.case().waiting == 1
    kinds = list(Event.objects.filter(kind__startswith="wait.").order_by("id").values_list("kind", flat=True))
    assert kinds == ["wait.open", "wait.decide", "wait.end", "wait.undo", "wait.restore"]


def test_closing_needs_a_reason_while_somebody_waits_and_can_be_undone(desk: Desk, anna: Seat) -> None:
    desk.connect()
    desk.hears("meadow", "kari", "@fjellro hei")
    with pytest.raises(Refused, match="1 still waiting"):
        verbs.close(anna, desk.case().pk)
    verbs.close(anna, desk.case().pk, "gave_up")
    assert (desk.case().state, desk.wait().outcome) == ("closed", "closed_unanswered")
    verbs.undo_close(anna, desk.case().pk)
    assert (desk.case().state, desk.wait().outcome, desk.case().waiting) == ("open", "", 1)


def test_reopening_leaves_what_the_closing_ended(desk: Desk, anna: Seat) -> None:
    desk.connect()
    desk.hears("meadow", "kari", "@fjellro hei")
    verbs.close(anna, desk.case().pk, "gave_up")
    verbs.reopen(anna, desk.case().pk)
    assert (desk.case().state, desk.wait().outcome) == ("open", "closed_unanswered")


@pytest.mark.parametrize(("days", "cases"), [(3, 1), (9, 2)])
def test_new_words_reopen_within_seven_days_and_start_another_case_later(
    desk: Desk, anna: Seat, days: int, cases: int
) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro hei")
    desk.answers(anna, message, "Hei!")
    verbs.close(anna, desk.case().pk)
    Case.objects.update(closed_at=clock.now() - timedelta(days=days))
    desk.hears("meadow", "kari", "@fjellro en ting til", parent=message.external_id)
    assert Case.objects.count() == cases
    newest = Wait.objects.latest("id")
    assert newest.outcome == ""
    assert newest.case.state == "open"
    assert newest.first is (cases == 2)


def test_a_snoozed_case_wakes_when_the_customer_writes(desk: Desk, anna: Seat) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro hei")
    desk.answers(anna, message, "Hei!")
    verbs.snooze(anna, desk.case().pk, clock.now() + timedelta(days=1))
    desk.hears("meadow", "kari", "@fjellro hallo igjen", parent=message.external_id)
    assert desk.case().state == "open"


def test_a_snoozed_case_wakes_at_its_time(desk: Desk, anna: Seat) -> None:
    from answerable.cases.tasks import wake_due

    desk.connect()
    desk.hears("meadow", "kari", "@fjellro hei")
    verbs.snooze(anna, desk.case().pk, clock.now() + timedelta(hours=1))
    wake_due(timestamp=0)
    assert desk.case().state == "snoozed"
    later = clock.now() + timedelta(hours=2)
    with clock.set_to(lambda: later):
        wake_due(timestamp=0)
    assert desk.case().state == "open"


def test_a_snooze_into_the_past_is_refused(desk: Desk, anna: Seat) -> None:
    desk.connect()
    desk.hears("meadow", "kari", "@fjellro hei")
    with pytest.raises(Refused, match="future"):
        verbs.snooze(anna, desk.case().pk, clock.now() - timedelta(minutes=1))


def test_a_wait_that_has_ended_cannot_be_decided(desk: Desk, anna: Seat) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro hei")
    desk.answers(anna, message, "Hei!")
    with pytest.raises(Refused, match="already ended"):
        verbs.decide(anna, desk.wait().pk, "spam")
