"""What an export writes of a history that was lived through the desk, and what it never writes."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from answerable.cases import verbs
from answerable.cases.models import Case, CaseThread, Decision, Wait
from answerable.cases.settle import settle
from answerable.channels.contract import Picture
from answerable.core import clock
from answerable.core.models import Blob, Event
from answerable.history import export, export_messages
from answerable.history.export_shape import Record, moment
from answerable.inbox.models import Attachment, Author, Message, Revision
from answerable.people.rights import Seat
from tests.desk import Desk
from tests.faults.story import PNG

pytestmark = pytest.mark.django_db


def written(desk: Desk, *, with_files: bool = True) -> list[Record]:
    """The brand's export as a reader finds it: from bytes again."""
    lines = [export.line(record) for record in export.records(desk.team.brand, with_files=with_files)]
    assert all(line.count(b"\n") == 1 for line in lines)
    return [json.loads(line) for line in lines]


def only(records: list[Record], **wanted: object) -> list[Record]:
    return [record for record in records if wanted.items() <= record.items()]


def one(records: list[Record], **wanted: object) -> Record:
    (found,) = only(records, **wanted)
    return found


def test_accounts_come_first_then_messages_as_stored_then_acts_by_time(desk: Desk, anna: Seat) -> None:
    account = desk.connect()
    verbs.take(anna, _asked(desk, "kari").case_id)
    verbs.note(anna, _asked(desk, "ola").case_id, "ring ham")
    verbs.decide(anna, Wait.objects.get(author__handle="kari").pk, "spam")
    records = written(desk)
    assert [record["type"] for record in records] == ["account", "message", "message", "act", "act", "act"]
    assert records[0] == {
        "type": "account",
        "network": "meadow",
        "id": account.external_id,
        "handle": "fjellro",
        "name": account.name,
    }
    assert [record["author"]["handle"] for record in only(records, type="message")] == ["kari", "ola"]
    acts = only(records, type="act")
    assert [act["act"] for act in acts] == ["assign", "note", "decide"]
    assert [act["at"] for act in acts] == sorted(act["at"] for act in acts)


def test_a_plain_message_says_only_what_does_not_go_without_saying(desk: Desk) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro hei 🦋")
    Message.objects.update(claimed_at=message.at, received_at=message.at, indexed_at=None, language="", link="")
    Author.objects.filter(pk=message.author_id).update(name="", followers=0, url="", avatar_url="")
    line = written(desk)[1]
    assert line == {
        "type": "message",
        "network": "meadow",
        "id": message.external_id,
        "author": {"id": message.author.external_id, "handle": "kari", "followers": 0},
        "text": "@fjellro hei 🦋",
        "at": moment(message.at),
        "mentions": message.mentions,
        "told": True,
    }
    assert "🦋" in export.line(line).decode()


def test_times_are_said_where_they_differ_from_at(desk: Desk) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro hei")
    later = message.at + timedelta(seconds=5)
    Message.objects.update(claimed_at=None, indexed_at=message.at, received_at=later, version_at=later)
    line = written(desk)[1]
    assert "claimed_at" in line
    assert line["claimed_at"] is None
    assert line["indexed_at"] == moment(message.at)
    assert line["received_at"] == line["version_at"] == moment(later)
    Message.objects.update(claimed_at=later)
    assert written(desk)[1]["claimed_at"] == moment(later)


def test_microseconds_are_written_only_when_there_are_any() -> None:
    assert moment(datetime(2026, 3, 1, 9, 30, tzinfo=UTC)) == "2026-03-01T09:30:00Z"
    assert moment(datetime(2026, 3, 1, 9, 30, 0, 7, tzinfo=UTC)) == "2026-03-01T09:30:00.000007Z"


def test_an_answer_from_here_names_what_it_answers_and_when_it_was_sent(desk: Desk, anna: Seat) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro hvor er pakken?")
    draft = desk.answers(anna, message, "Den kommer i morgen.")
    reply = desk.message(desk.delivery(draft).external_id)
    assert reply.sent_here_at is not None
    line = one(written(desk), id=reply.external_id)
    assert line["parent"] == line["thread"] == message.external_id
    assert line["sent_here_at"] == moment(reply.sent_here_at)
    assert "delivery" not in json.dumps(written(desk))


def test_an_edit_keeps_the_text_before_and_a_deletion_its_time(desk: Desk) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro hvor er pakken?")
    desk.world.edit("meadow", message.external_id, "@fjellro hvor er teltet?")
    desk.listen()
    desk.world.delete("meadow", message.external_id)
    desk.listen()
    message.refresh_from_db()
    assert message.edited_at is not None
    assert message.gone_at is not None
    line = one(written(desk), id=message.external_id)
    assert line["text"] == "@fjellro hvor er teltet?"
    revision = Revision.objects.get()
    assert line["revisions"] == [{"at": moment(revision.version_at), "text": "@fjellro hvor er pakken?"}]
    assert (line["edited_at"], line["gone_at"]) == (moment(message.edited_at), moment(message.gone_at))
    assert "version_at" not in line


def test_a_picture_goes_along_with_its_words(desk: Desk) -> None:
    message = _pictured(desk)
    (media,) = one(written(desk), id=message.external_id)["media"]
    assert media.pop("url").startswith("http://127.0.0.1")
    assert media == {"alt": "et telt", "type": "image/png", "data": base64.b64encode(PNG).decode()}


def test_without_files_a_picture_is_address_and_words(desk: Desk) -> None:
    message = _pictured(desk)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        (media,) = one(written(desk, with_files=False), id=message.external_id)["media"]
    assert sorted(media) == ["alt", "type", "url"]
    assert not [query for query in asked.captured_queries if '"core_blob"."data"' in query["sql"]]


def test_a_picture_that_could_not_be_fetched_says_why(desk: Desk) -> None:
    message = _pictured(desk)
    Attachment.objects.update(blob=None, trouble="too large")
    (media,) = one(written(desk), id=message.external_id)["media"]
    assert (media["trouble"], "data" in media, "type" in media) == ("too large", False, False)


def test_files_that_would_make_a_line_too_long_follow_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_messages, "INSIDE", 25)
    monkeypatch.setattr(export_messages, "AT_ONCE", 30)
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro se")
    contents = [bytes([letter]) * 10 for letter in b"abcd"]
    for position, content in enumerate(contents):
        _attach(desk, message, position, content)
    _attach(desk, desk.hears("meadow", "ola", "@fjellro og her"), 0, b"e" * 10)
    records = written(desk)
    assert [record["type"] for record in records] == ["account", "message", "file", "file", "message"]
    assert ["data" in media for media in records[1]["media"]] == [True, True, False, False]
    inside = [media["data"] for media in records[1]["media"][:2]] + [record["data"] for record in records[2:4]]
    assert [base64.b64decode(data) for data in inside] == contents
    assert {key: records[3][key] for key in ("network", "message", "position")} == {
        "network": "meadow",
        "message": message.external_id,
        "position": 3,
    }
    assert base64.b64decode(records[4]["media"][0]["data"]) == b"e" * 10


@pytest.mark.parametrize(
    ("kind", "public", "said"),
    [("post", True, None), ("post", False, False), ("direct", False, False), ("mail", True, True)],
)
def test_whether_it_is_private_is_never_left_to_a_guess(desk: Desk, kind: str, public: bool, said: bool | None) -> None:
    desk.connect()
    desk.hears("meadow", "kari", "@fjellro hei")
    Message.objects.update(kind=kind, public=public)
    assert written(desk)[1].get("public") is said


def test_no_mentions_are_said_to_be_none_where_the_text_could_name_somebody(desk: Desk) -> None:
    desk.connect("plaza")
    post = desk.world.say("plaza", "fjellro", "Nye telt!")
    comment = desk.hears("plaza", "kari", "hei", parent=post["id"])
    assert "mentions" not in one(written(desk), id=comment.external_id)
    Message.objects.filter(pk=comment.pk).update(text="kari@example.org")
    assert one(written(desk), id=comment.external_id)["mentions"] == []


def test_a_private_message_says_to_whom(desk: Desk, anna: Seat) -> None:
    account = desk.connect("courier")
    message = desk.hears("courier", "kari", "hei", to="fjellro")
    line = one(written(desk), id=message.external_id)
    assert (line["kind"], line["to"]) == ("direct", [account.external_id])


def test_of_several_accounts_on_a_network_it_is_said_which_one_heard_it(desk: Desk) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro hei")
    assert "account" not in one(written(desk), id=message.external_id)
    desk.connect(handle="fjellro_hjelp")
    assert one(written(desk), id=message.external_id)["account"] == message.account.external_id


# ── acts ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_decision_names_customer_reason_link_person_and_its_undoing(desk: Desk, anna: Seat) -> None:
    desk.connect()
    wait = _asked(desk, "kari")
    decision = verbs.decide(anna, wait.pk, "answered_elsewhere", "https://plaza.test/p/1")
    act = one(written(desk), type="act")
    assert act == {
        "type": "act",
        "act": "decide",
        "network": "meadow",
        "thread": wait.thread.external_id,
        "author": wait.author.external_id,
        "at": moment(decision.at),
        "by": desk.team.anna.email,
        "reason": "answered_elsewhere",
        "link": "https://plaza.test/p/1",
    }
    verbs.undo_decision(anna, decision.pk)
    decision.refresh_from_db()
    assert decision.undone_at is not None
    assert one(written(desk), act="decide")["undone_at"] == moment(decision.undone_at)


def test_a_closing_that_ended_a_wait_is_one_act_undone_with_it(desk: Desk, anna: Seat) -> None:
    desk.connect()
    case_id = _asked(desk, "kari").case_id
    verbs.close(anna, case_id, "spam")
    decision = Decision.objects.get()
    act = one(written(desk), type="act")
    assert (act["act"], act["reason"], act["at"]) == ("close", "spam", moment(decision.at))
    assert "undone_at" not in act
    verbs.undo_close(anna, case_id)
    decision.refresh_from_db()
    assert decision.undone_at is not None
    assert one(written(desk), type="act")["undone_at"] == moment(decision.undone_at)


def test_a_closing_in_which_nobody_waited_its_undoing_and_a_reopening(desk: Desk, anna: Seat) -> None:
    desk.connect()
    wait = _asked(desk, "kari")
    desk.answers(anna, wait.opener, "Hei!")
    verbs.close(anna, wait.case_id)
    verbs.undo_close(anna, wait.case_id)
    verbs.close(anna, wait.case_id)
    verbs.reopen(anna, wait.case_id)
    acts = only(written(desk), type="act")
    assert [(act["act"], act.get("reason"), "undone_at" in act) for act in acts] == [
        ("close", "done", True),
        ("close", "done", False),
        ("reopen", None, False),
    ]
    undo = Event.objects.get(kind="case.undo_close")
    assert acts[0]["undone_at"] == moment(undo.at)
    assert {act["by"] for act in acts} == {desk.team.anna.email}


def test_closings_with_and_without_a_decision_are_not_mixed_up_at_one_instant(desk: Desk, anna: Seat) -> None:
    desk.connect()
    wait = _asked(desk, "kari")
    now = clock.now()
    with clock.set_to(lambda: now):
        for _ in range(3):
            verbs.close(anna, wait.case_id, "spam")
            verbs.undo_close(anna, wait.case_id)
        verbs.close(anna, wait.case_id, "other")
    acts = only(written(desk), type="act")
    assert [(act["act"], act["reason"], "undone_at" in act) for act in acts] == [
        ("close", "spam", True),
        ("close", "spam", True),
        ("close", "spam", True),
        ("close", "other", False),
    ]


def test_what_a_customers_words_did_is_derived_and_not_written(desk: Desk, anna: Seat) -> None:
    desk.connect()
    wait = _asked(desk, "kari")
    verbs.close(anna, wait.case_id, "spam")
    desk.hears("meadow", "kari", "@fjellro hallo?", parent=wait.opener.external_id)
    assert Event.objects.filter(kind="case.reopen").count() == 1
    assert [act["act"] for act in only(written(desk), type="act")] == ["close"]


def test_who_has_it_now_and_until_when_it_is_put_aside(desk: Desk, anna: Seat, lars: Seat) -> None:
    desk.connect()
    case_id = _asked(desk, "kari").case_id
    verbs.take(lars, case_id)
    verbs.take(anna, case_id)
    until = clock.now() + timedelta(days=1)
    verbs.snooze(lars, case_id, until)
    assign, snooze = only(written(desk), type="act")
    assert (assign["act"], assign["by"]) == ("assign", desk.team.anna.email)
    assert assign["at"] == moment(Event.objects.filter(kind="case.take").latest("id").at)
    assert (snooze["act"], snooze["by"], snooze["until"]) == ("snooze", desk.team.lars.email, moment(until))
    verbs.wake(anna, case_id)
    verbs.drop(anna, case_id)
    assert only(written(desk), type="act") == []


def test_a_note_of_somebody_who_is_gone_says_nobody(desk: Desk, anna: Seat) -> None:
    desk.connect()
    left = verbs.note(anna, _asked(desk, "kari").case_id, "ring\nhenne")
    left.user = None
    left.save()
    act = one(written(desk), act="note")
    assert act["text"] == "ring\nhenne"
    assert "by" not in act


def test_of_several_cases_of_one_pair_it_is_said_which_one_is_meant(desk: Desk, anna: Seat) -> None:
    desk.connect()
    first = _asked(desk, "kari")
    verbs.note(anna, first.case_id, "den gamle")
    assert "case" not in one(written(desk), act="note")
    verbs.close(anna, first.case_id, "spam")
    Case.objects.update(closed_at=clock.now() - timedelta(days=9))
    again = desk.hears("meadow", "kari", "@fjellro ny sak", parent=first.opener.external_id)
    second = Wait.objects.get(opener=again)
    assert second.case_id != first.case_id
    verbs.note(anna, first.case_id, "enda et ord om den gamle")
    verbs.note(anna, second.case_id, "den nye")
    named = [(act["act"], act["case"]) for act in only(written(desk), type="act")]
    old, new = first.opener.external_id, again.external_id
    assert named == [("note", old), ("close", old), ("note", old), ("note", new)]


def test_closing_a_case_of_two_threads_is_an_act_on_each(desk: Desk, anna: Seat) -> None:
    desk.connect()
    one_thread, other = _asked(desk, "kari"), _asked(desk, "kari")
    _join(one_thread, other)
    desk.answers(anna, other.opener, "Hei!")
    verbs.note(anna, one_thread.case_id, "to tråder")
    verbs.close(anna, one_thread.case_id, "spam")
    acts = only(written(desk), type="act")
    assert len(only(acts, act="note")) == 1
    reasons = {act["thread"]: act["reason"] for act in only(acts, act="close")}
    assert reasons == {one_thread.thread.external_id: "spam", other.thread.external_id: "done"}


# ── whose, how much, how odd ──────────────────────────────────────────────────────────────────────────────────────


def test_another_brands_rows_never_appear(desk: Desk, anna: Seat, stranger: Seat) -> None:
    desk.connect()
    desk.connect(handle="havgap", seat=stranger)
    desk.hears("meadow", "kari", "@fjellro @havgap hei begge to")
    for seat in (anna, stranger):
        case = Case.objects.get(brand=seat.brand)
        verbs.take(seat, case.pk)
        verbs.note(seat, case.pk, f"of {seat.brand.slug}")
        verbs.close(seat, case.pk, "spam")
        verbs.undo_close(seat, case.pk)
        verbs.decide(seat, Wait.objects.get(brand=seat.brand).pk, "abuse")
        verbs.snooze(seat, case.pk, clock.now() + timedelta(days=1))
    records = written(desk)
    assert [record["handle"] for record in only(records, type="account")] == ["fjellro"]
    assert len(only(records, type="message")) == 1
    assert {act["by"] for act in only(records, type="act")} == {desk.team.anna.email}
    assert [act["act"] for act in only(records, type="act")] == ["assign", "note", "close", "decide", "snooze"]
    assert one(records, act="note")["text"] == "of fjellro"


def test_the_number_of_queries_does_not_grow_with_the_rows(
    desk: Desk, anna: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.connect()

    def history(customers: list[str]) -> int:
        for customer in customers:
            picture = Picture(data=PNG, content_type="image/png")
            message = desk.hears("meadow", customer, "@fjellro se", media=[picture])
            desk.world.edit("meadow", message.external_id, "@fjellro se her")
            desk.listen()
            case_id = Wait.objects.get(opener=message).case_id
            verbs.take(anna, case_id)
            verbs.note(anna, case_id, "et ord")
            verbs.close(anna, case_id, "spam")
            verbs.undo_close(anna, case_id)
            verbs.decide(anna, Wait.objects.get(opener=message).pk, "abuse")
            verbs.snooze(anna, case_id, clock.now() + timedelta(days=1))
        with CaptureQueriesContext(connection) as asked:
            assert len(only(written(desk), type="act")) == 5 * Case.objects.count()
        return len(asked)

    few = history(["kari"])
    assert history(["ola", "siri", "per", "eva"]) == few
    monkeypatch.setattr(export_messages, "PAGE", 2)
    two_pages_more = 2 * len(("messages", "earlier texts", "attachments", "bytes"))
    assert history([]) == few + two_pages_more


def test_pages_end_nowhere_in_the_middle(desk: Desk, anna: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.connect()
    for customer in ("kari", "ola", "siri", "per", "eva"):
        verbs.note(anna, _asked(desk, customer).case_id, f"om {customer}")
    whole = written(desk)
    monkeypatch.setattr(export_messages, "PAGE", 2)
    monkeypatch.setattr("answerable.history.export_shape.PAGE", 2)
    assert written(desk) == whole
    assert len(whole) == 11
    assert export.count(desk.team.brand) == 10


@pytest.mark.parametrize(
    "text",
    [
        "\u202eشكرا لك\u202c и 你好 👩‍👩‍👧‍👦",
        "line\nfeed\r\nand\u2028others\u2029\x85\x0b\x0c\x1b[31m",
        '"}\\u0000 \\" {"type":"act"}',
        "å" * 100_000,
        "\ufffd\ufeff\uffff\U0010ffff",
    ],
)
def test_hostile_text_survives(desk: Desk, anna: Seat, text: str) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro hei")
    noted = f"<{text[: verbs.NOTE_LIMIT - 2]}>"
    verbs.note(anna, desk.case().pk, noted)
    Message.objects.update(text=text)
    Author.objects.filter(pk=message.author_id).update(name=text[:500])
    records = written(desk)
    assert records[1]["text"] == text
    assert records[1]["author"]["name"] == text[:500]
    assert one(records, act="note")["text"] == noted


def test_half_a_surrogate_is_mended_on_its_way_in_so_every_line_can_be_written(desk: Desk, anna: Seat) -> None:
    from answerable.inbox.text import clean

    desk.connect()
    desk.hears("meadow", "kari", "@fjellro hei")
    Message.objects.update(text=clean("hei \ud83d"))
    assert written(desk)[1]["text"] == "hei ?"


# ── the parts of a history ────────────────────────────────────────────────────────────────────────────────────────


def _asked(desk: Desk, customer: str) -> Wait:
    return Wait.objects.get(opener=desk.hears("meadow", customer, "@fjellro hei"))


def _pictured(desk: Desk) -> Message:
    desk.connect()
    picture = Picture(data=PNG, content_type="image/png", alt="et telt")
    return desk.hears("meadow", "kari", "@fjellro se", media=[picture])


def _attach(desk: Desk, message: Message, position: int, data: bytes) -> None:
    facts = {"sha256": data.hex(), "content_type": "application/octet-stream", "size": len(data), "data": data}
    blob = Blob.objects.create(brand_id=desk.team.brand.pk, **facts)
    Attachment.objects.create(message=message, position=position, url=f"https://x.test/{position}", blob=blob)


def _join(kept: Wait, other: Wait) -> None:
    """Puts both threads into one case, as a person may later."""
    CaseThread.objects.filter(case=other.case_id).update(case=kept.case_id)
    Wait.objects.filter(pk=other.pk).update(case=kept.case_id)
    Case.objects.filter(pk=other.case_id).delete()
    for wait in (kept, other):
        settle(wait.thread_id, wait.author_id)
