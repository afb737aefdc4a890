"""From what a network sends to rows: once, in any order, whatever it looks like."""

from __future__ import annotations

import json
from itertools import permutations

import pytest
from django.test import Client

from answerable.cases.models import Case, Decision, Note, Wait
from answerable.cases.settle import settle_all
from answerable.cases.verbs import decide, note
from answerable.channels.contract import Incoming, Picture
from answerable.channels.models import Account
from answerable.core.models import Blob, Event
from answerable.inbox.intake import read_page
from answerable.inbox.models import Attachment, Message, RawEvent, Revision
from answerable.inbox.rebuild import rebuild
from answerable.inbox.store import store
from answerable.people.rights import Seat
from tests.desk import Desk

pytestmark = pytest.mark.django_db


def events_of(account: Account) -> list[Incoming]:
    rows = RawEvent.objects.filter(account=account).order_by("id")
    return [Incoming(row.kind, row.object_id, bytes(row.body).decode(), row.key, row.gone) for row in rows]


def forget(desk: Desk) -> None:
    """Empties everything after the accounts."""
    Case.objects.all().delete()
    Message.objects.all().delete()
    RawEvent.objects.all().delete()


def shape(desk: Desk) -> object:
    """What stands, without ids and times of ours."""
    messages = {
        (
            m.external_id,
            m.text,
            m.addressed,
            m.outbound,
            m.parent and m.parent.external_id,
            bool(m.gone_at),
            bool(m.edited_at),
        )
        for m in Message.objects.all()
    }
    waits = {(w.opener.external_id, w.asked, w.outcome) for w in Wait.objects.all()}
    return messages, waits


def test_the_raw_event_is_stored_as_it_was_sent(desk: Desk) -> None:
    account = desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro hei\u200b")
    raw = RawEvent.objects.get(object_id=message.external_id, kind="post")
    assert json.loads(bytes(raw.body))["post"]["text"] == "@fjellro hei\u200b"
    assert raw.account == account
    assert message.raw == raw


def test_the_same_event_twice_is_one_message(desk: Desk) -> None:
    account = desk.connect()
    desk.hears("meadow", "kari", "@fjellro hei")
    before = RawEvent.objects.count()
    store(account, events_of(account), push=True)
    desk.listen()
    assert RawEvent.objects.count() == before
    assert Message.objects.filter(outbound=False).count() == 1


def test_two_accounts_that_see_one_post_make_one_message_and_one_wait(desk: Desk) -> None:
    desk.connect()
    desk.connect(handle="fjellro_support")
    desk.hears("meadow", "kari", "@fjellro @fjellro_support hei dere")
    assert Message.objects.count() == 1
    assert RawEvent.objects.filter(kind="post").count() == 2
    assert Wait.objects.count() == 1


def test_every_order_of_arrival_ends_in_the_same_rows(desk: Desk) -> None:
    account = desk.connect()
    post = desk.world.say("meadow", "kari", "@fjellro hvor er pakken?")
    reply = desk.world.say("meadow", "fjellro", "I morgen, Kari.", parent=post["id"])
    again = desk.world.say("meadow", "kari", "Den kom ikke!", parent=reply["id"])
    desk.world.edit("meadow", again["id"], "Den kom ikke!!")
    desk.world.delete("meadow", again["id"])
    desk.listen()
    events = events_of(account)
    assert len(events) == 5
    expected = shape(desk)
    for order in permutations(events):
        forget(desk)
        for event in order:
            store(account, [event], push=True)
            read_page(account)
        desk.work()
        assert shape(desk) == expected, [event.kind for event in order]


def test_an_edit_replaces_the_text_and_keeps_the_old(desk: Desk) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro dere er svindlere")
    desk.world.edit("meadow", message.external_id, "@fjellro beklager, jeg fant pakken")
    desk.listen()
    message.refresh_from_db()
    assert message.text == "@fjellro beklager, jeg fant pakken"
    assert message.edited_at is not None
    assert [revision.text for revision in message.revisions.all()] == ["@fjellro dere er svindlere"]


def test_an_older_version_that_comes_late_does_not_win(desk: Desk) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro en")
    desk.world.fault("meadow", "event", "late_edit")
    desk.world.edit("meadow", message.external_id, "@fjellro to")
    desk.listen()
    message.refresh_from_db()
    assert message.text == "@fjellro to"
    assert Revision.objects.get().text == "@fjellro en"


def test_a_missed_webhook_is_found_by_the_poll(desk: Desk) -> None:
    desk.connect("chirp")
    desk.world.fault("chirp", "event", "missed_webhook")
    desk.hears("chirp", "kari", "@fjellro hei")
    assert Wait.objects.count() == 1


def test_a_malformed_event_is_kept_with_its_reason_and_holds_up_nobody(desk: Desk) -> None:
    desk.connect()
    desk.world.fault("meadow", "event", "malformed")
    desk.world.say("meadow", "ola", "@fjellro denne er ødelagt")
    message = desk.hears("meadow", "kari", "@fjellro hei")
    broken = RawEvent.objects.exclude(trouble="").get()
    assert broken.parsed_at is not None
    assert bytes(broken.body)
    assert message.addressed


def test_unknown_fields_do_no_harm(desk: Desk) -> None:
    desk.connect()
    desk.world.fault("meadow", "event", "unknown_fields")
    assert desk.hears("meadow", "kari", "@fjellro hei").addressed


HOSTILE = {
    "nul": "@fjellro a\x00b",
    "html": "@fjellro <script>alert(1)</script>",
    "right to left": "@fjellro \u202egnirts\u202c שלום",
    "zero width": "@fjellro a\u200bb\u2060c\ufeff",
    "half a surrogate": "@fjellro \ud83d",
    "very long": "@fjellro " + "å" * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_arrives_whole_and_breaks_nothing(desk: Desk, name: str) -> None:
    account = desk.connect("plaza")
    text = HOSTILE[name]
    post = desk.world.say("plaza", "fjellro", "Hei")
    comment = desk.world.say("plaza", "kari", "x", parent=post["id"])
    desk.listen()
    row = RawEvent.objects.get(object_id=comment["id"], kind="post")
    body = json.loads(bytes(row.body))
    body["post"] |= {"text": text, "id": "plaza-hostile"}
    store(account, [Incoming("post", "plaza-hostile", json.dumps(body), "hostile")], push=True)
    read_page(account)
    expected = text.replace("\x00", "").encode("utf-8", "replace").decode()
    assert desk.message("plaza-hostile").text == expected


def test_absurd_claimed_times_do_not_move_the_wait(desk: Desk) -> None:
    desk.connect()
    for number, claimed in enumerate(("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "yesterday")):
        message = desk.hears("meadow", f"kari{number}", "@fjellro hei", claimed_at=claimed)
        assert abs((message.at - message.received_at).total_seconds()) < 60


def test_a_picture_is_fetched_and_kept_with_its_alt_text(desk: Desk) -> None:
    desk.connect()
    picture = Picture(data=PNG, content_type="image/png", alt="et telt uten stenger")
    message = desk.hears("meadow", "kari", "@fjellro se", media=[picture])
    attachment = Attachment.objects.get(message=message)
    assert attachment.alt == "et telt uten stenger"
    assert attachment.blob is not None
    assert bytes(attachment.blob.data) == PNG


def test_a_picture_behind_a_private_address_is_refused_with_its_reason(desk: Desk, settings: object) -> None:
    desk.connect()
    desk.world.say("meadow", "kari", "@fjellro se", media=[Picture(data=PNG, content_type="image/png")])
    from answerable.inbox.poll import claim, poll

    Account.objects.update(next_poll_at="2020-01-01T00:00:00Z")
    account = claim(Account.objects.get().pk)
    assert account is not None
    poll(account)
    settings.OUTGOING_ALLOW_HOSTS = []  # type: ignore[attr-defined]
    desk.work()
    attachment = Attachment.objects.get()
    assert attachment.blob is None
    assert attachment.trouble
    assert not Blob.objects.exists()


def test_rebuild_changes_nothing_and_touches_nothing_people_did(desk: Desk, anna: Seat) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro hvor er pakken?")
    reply = desk.delivery(desk.answers(anna, message, "I morgen.")).external_id
    desk.hears("meadow", "kari", "Nei!", parent=reply)
    other = desk.hears("meadow", "spammer", "@fjellro buy now")
    note(anna, Wait.objects.get(opener=message).case_id, "ring henne")
    decide(anna, Wait.objects.get(opener=other).pk, "spam")
    desk.listen()
    before = (shape(desk), Event.objects.count(), Note.objects.count(), Decision.objects.count())
    assert not rebuild(desk.team.brand)
    desk.work()
    assert settle_all(desk.team.brand.pk) == 0
    assert (shape(desk), Event.objects.count(), Note.objects.count(), Decision.objects.count()) == before


def test_rebuild_mends_what_was_read_wrongly_and_the_second_time_nothing(desk: Desk) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro hvor er pakken?")
    Message.objects.filter(pk=message.pk).update(text="garbled", addressed=False)
    assert rebuild(desk.team.brand) == {"text": 1, "addressed": 1}
    assert desk.message(message.external_id).text == "@fjellro hvor er pakken?"
    assert not rebuild(desk.team.brand)


def test_what_an_account_wrote_before_it_was_connected_was_ours(desk: Desk) -> None:
    desk.connect("plaza")
    post = desk.world.say("plaza", "fjellro", "Nye telt!")
    comment = desk.hears("plaza", "kari", "Hva koster det?", parent=post["id"])
    desk.world.say("plaza", "fjellro_oslo", "2990!", parent=comment.external_id)
    desk.listen()
    assert Wait.objects.get().outcome == ""
    desk.connect("plaza", handle="fjellro_oslo")
    assert Wait.objects.get().outcome == "answered"


def test_a_webhook_with_a_wrong_signature_is_refused_and_stores_nothing(desk: Desk, client: Client) -> None:
    account = desk.connect("chirp")
    answer = client.post(
        f"/hooks/{account.hook_id}",
        b'{"events": []}',
        content_type="application/json",
        headers={"Console-Signature": "t=1,v1=00"},
    )
    assert answer.status_code == 403
    assert not RawEvent.objects.exists()


def test_a_webhook_of_a_disconnected_account_is_not_known(desk: Desk, client: Client, odd: Seat) -> None:
    from answerable.channels.verbs import disconnect

    account = desk.connect("chirp")
    disconnect(odd, account.pk)
    assert client.post(f"/hooks/{account.hook_id}", b"{}", content_type="application/json").status_code == 404


def test_a_signed_body_that_cannot_be_cut_up_is_kept(desk: Desk, client: Client) -> None:
    from answerable.channels.console import signing
    from answerable.core import clock

    account = desk.connect("chirp")
    body = b'{"events": [{"id": '
    header = signing.header(account.secret["hook_secret"], clock.now(), body)
    answer = client.post(
        f"/hooks/{account.hook_id}", body, content_type="application/json", headers={"Console-Signature": header}
    )
    assert answer.status_code == 200
    raw = RawEvent.objects.get()
    assert (raw.kind, bytes(raw.body)) == ("unreadable", body)
    assert raw.trouble


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)


@pytest.mark.parametrize("clock_field", ["claimed_at", "created_at", "indexed_at"])
@pytest.mark.parametrize("absurd", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"])
def test_no_time_from_outside_leaves_the_calendar(desk: Desk, clock_field: str, absurd: str) -> None:
    account = desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro hei")
    body = json.loads(bytes(RawEvent.objects.get(object_id=message.external_id, kind="post").body))
    body["post"] |= {"id": "meadow-absurd", clock_field: absurd}
    store(account, [Incoming("post", "meadow-absurd", json.dumps(body), "absurd")], push=True)
    read_page(account)
    found = desk.message("meadow-absurd")
    times = [found.claimed_at, found.indexed_at, found.at, found.version_at]
    assert all(2000 <= time.year <= 2100 for time in times if time is not None)


@pytest.mark.parametrize("kind", ["x" * 41, "a\x00b", "\ud800"])
def test_an_event_of_an_unheard_of_kind_holds_up_nobody(desk: Desk, kind: str) -> None:
    account = desk.connect()
    store(account, [Incoming(kind, "odd", '{"odd": true}', "odd-key")], push=True)
    assert desk.hears("meadow", "kari", "@fjellro hei").addressed
    assert RawEvent.objects.get(object_id="odd").trouble


@pytest.mark.parametrize(
    "url", ["http://xn--/a.png", "http://☃.test/a.png", "http://xn--zzzzzzz99999.test/a", "no address"]
)
def test_one_odd_picture_does_not_keep_the_others(desk: Desk, url: str) -> None:
    desk.connect()
    good = Picture(data=PNG, content_type="image/png", alt="et telt")
    message = desk.hears("meadow", "kari", "@fjellro se", media=[good])
    fine = Attachment.objects.get(message=message)
    Attachment.objects.filter(pk=fine.pk).update(blob=None, position=1)
    Attachment.objects.create(message=message, position=0, url=url)
    from answerable.inbox.media import fetch

    fetch(message.pk)
    assert Attachment.objects.get(position=0).trouble
    assert Attachment.objects.get(position=1).blob is not None
