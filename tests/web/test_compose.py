"""Writing and sending through the page: once, with nothing lost."""

from __future__ import annotations

import io
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image
from pytest_django.fixtures import Settings

from answerable.inbox.models import Message
from answerable.replies import drafts
from answerable.replies.models import Delivery, Draft, DraftPicture
from tests.desk import Desk
from tests.web.front_door import HTMX, signed_in, to, words

SCRIPT: dict[str, Any] = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def message(desk: Desk) -> Message:
    desk.connect()
    return desk.hears("meadow", "kari", "@fjellro where is my parcel?")


@pytest.fixture
def anna_s(desk: Desk) -> Client:
    return signed_in(desk.team.anna)


def send(desk: Desk, message: Message) -> str:
    return to("send", desk.case().pk, message.pk)


def save(desk: Desk, message: Message) -> str:
    return to("save", desk.case().pk, message.pk)


def test_the_same_form_twice_is_one_reply(desk: Desk, message: Message, anna_s: Client) -> None:
    form = words(message, "It is on its way.")
    for more in ({}, HTMX, {}):
        assert anna_s.post(send(desk, message), form, **more).status_code in (200, 302)
    assert Draft.objects.count() == Delivery.objects.count() == 1
    desk.deliver()
    anna_s.post(send(desk, message), form)
    desk.deliver()
    assert [post["text"] for post in desk.world.standing("meadow", "fjellro")] == ["It is on its way."]


def test_a_reply_is_recalled_and_its_words_come_back(
    desk: Desk, message: Message, anna_s: Client, settings: Settings
) -> None:
    settings.RECALL_SECONDS = 30
    page = anna_s.post(send(desk, message), words(message, "Wrong words"), **HTMX)
    assert "Undo send" in page.text
    recall = to("recall", desk.case().pk, Draft.objects.get().pk)
    page = anna_s.post(recall, **HTMX)
    assert "Wrong words</textarea>" in page.text
    assert anna_s.post(recall, **HTMX).status_code == 422


def test_words_are_kept_while_typing_and_counted_by_the_network(desk: Desk, message: Message, anna_s: Client) -> None:
    form = words(message, "👩🏽‍🚒!")
    kept = anna_s.post(save(desk, message), form, **SCRIPT).json()
    assert kept == {"version": 1, "token": form["token"], "count": 2}
    assert "👩🏽‍🚒!</textarea>" in anna_s.get(to("case", desk.case().pk)).text


def test_another_tab_was_faster_and_both_texts_are_shown(desk: Desk, message: Message, anna_s: Client) -> None:
    anna_s.post(save(desk, message), words(message, "the newer words"), **SCRIPT)
    late = words(message, "the older words")
    answer = anna_s.post(save(desk, message), late, **SCRIPT)
    assert answer.status_code == 409
    assert "the newer words" in answer.text
    page = anna_s.post(save(desk, message), late)
    assert page.status_code == 409
    assert "the older words</textarea>" in page.text
    assert "the newer words" in page.text


def test_somebody_answered_meanwhile_and_nothing_is_lost(desk: Desk, message: Message, anna_s: Client) -> None:
    form = words(message, "My answer")
    drafts.release(desk.team.seat(desk.team.lars), desk.words(message, "The lead's answer"))
    page = anna_s.post(send(desk, message), form)
    assert page.status_code == 409
    assert "was just answered here" in page.text
    assert "My answer</textarea>" in page.text
    answer = anna_s.post(send(desk, message), form, **HTMX)
    assert answer.status_code == 409
    assert answer["HX-Retarget"].endswith("-trouble")
    assert 'hx-swap-oob="true"' in answer.text


def test_words_that_are_too_long_stay_in_the_composer(desk: Desk, message: Message, anna_s: Client) -> None:
    page = anna_s.post(send(desk, message), words(message, "y" * 301))
    assert page.status_code == 422
    assert "Please shorten by 1" in page.text
    assert "y" * 301 + "</textarea>" in page.text
    assert not Delivery.objects.exists()


def test_a_refused_reply_says_why_and_what_to_do(desk: Desk, message: Message, anna_s: Client) -> None:
    desk.world.fault("meadow", "reply", "refused", message="we do not like this word")
    anna_s.post(send(desk, message), words(message, "A bad word"))
    desk.deliver()
    page = anna_s.get(to("case", desk.case().pk))
    assert "The network refused it." in page.text
    draft = Draft.objects.get()
    for name in ("edit", "try_again"):
        assert to(name, desk.case().pk, draft.pk) in page.text
    page = anna_s.post(to("edit", desk.case().pk, draft.pk), **HTMX)
    assert "A bad word</textarea>" in page.text


def test_after_recall_and_sending_again_only_the_message_stands(desk: Desk, message: Message, anna_s: Client) -> None:
    anna_s.post(send(desk, message), words(message, "Hello there"))
    draft = Draft.objects.get()
    anna_s.post(to("recall", desk.case().pk, draft.pk))
    anna_s.post(send(desk, message), words(message, "Hello there", token=str(draft.token), version="1"))
    desk.deliver()
    page = anna_s.get(to("case", desk.case().pk))
    assert page.text.count('<div class="text" dir="auto"') == 2
    assert "said-pending" not in page.text


def picture() -> SimpleUploadedFile:
    data = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(data, "PNG")
    return SimpleUploadedFile("a.png", data.getvalue(), "image/png")


def test_a_picture_goes_with_the_words_and_can_be_taken_away(desk: Desk, message: Message, anna_s: Client) -> None:
    form = words(message, "Look:", picture=picture(), alt="A red square")
    page = anna_s.post(to("attach", desk.case().pk, message.pk), form, **HTMX)
    kept = DraftPicture.objects.get()
    assert to("file", kept.blob_id) in page.text
    assert "A red square" in page.text
    assert "Look:</textarea>" in page.text
    anna_s.post(to("detach", desk.case().pk, kept.draft_id, kept.pk))
    assert not DraftPicture.objects.exists()


@pytest.mark.parametrize("network", ["meadow", "plaza", "chirp"])
def test_a_picture_that_was_sent_stands_in_the_conversation_before_and_after_its_echo(
    desk: Desk, anna_s: Client, network: str
) -> None:
    desk.connect(network)
    post = desk.world.say(network, "fjellro", "New tents!")
    message = desk.hears(network, "kari", "@fjellro how does it look?", parent=post["id"])
    form = words(message, "Look:", picture=picture(), alt="A red square")
    anna_s.post(to("attach", desk.case().pk, message.pk), form)
    draft = Draft.objects.get()
    kept = {"token": str(draft.token), "version": str(draft.version)}
    anna_s.post(send(desk, message), words(message, "Look:", **kept))
    address = to("file", DraftPicture.objects.get().blob_id)
    pending = anna_s.get(to("case", desk.case().pk)).text
    assert "said-pending" in pending
    assert f'src="{address}" alt="A red square"' in pending
    desk.deliver()
    desk.listen()
    page = anna_s.get(to("case", desk.case().pk)).text
    assert "said-pending" not in page
    assert page.count(f'src="{address}" alt="A red square"') == 1


def test_a_page_does_not_read_the_bytes_of_its_pictures(desk: Desk, message: Message, anna_s: Client) -> None:
    anna_s.post(to("attach", desk.case().pk, message.pk), words(message, "Look:", picture=picture()))
    with CaptureQueriesContext(connection) as asked:
        assert anna_s.get(to("case", desk.case().pk)).status_code == 200
    of_blobs = [query["sql"] for query in asked if "core_blob" in query["sql"]]
    assert of_blobs
    assert not [sql for sql in of_blobs if '"data"' in sql]


@pytest.mark.parametrize("data", [b"", b"<svg onload=alert(1)>", b"GIF89a" + b"\x00" * 20])
def test_what_is_no_picture_is_refused_and_the_words_stay(
    desk: Desk, message: Message, anna_s: Client, data: bytes
) -> None:
    lie = SimpleUploadedFile("a.png", data, "image/png")
    page = anna_s.post(to("attach", desk.case().pk, message.pk), words(message, "Look:", picture=lie))
    assert page.status_code == 422
    assert "Look:</textarea>" in page.text
    assert not DraftPicture.objects.exists()


def test_a_lead_takes_a_reply_down_with_a_reason(desk: Desk, message: Message, anna_s: Client) -> None:
    desk.answers(desk.team.seat(desk.team.anna), message, "A slip")
    reply = Message.objects.get(outbound=True)
    address = to("take_down", desk.case().pk, reply.pk)
    assert address not in anna_s.get(to("case", desk.case().pk)).text
    lars = signed_in(desk.team.lars)
    assert address in lars.get(to("case", desk.case().pk)).text
    assert "say why" in lars.post(address, {"reason": ""}, **HTMX).text
    lars.post(address, {"reason": "a slip of the pen"})
    desk.deliver()
    assert desk.world.standing("meadow", "fjellro") == []
    assert "Taken down" in lars.get(to("case", desk.case().pk)).text


def test_a_colleagues_draft_is_announced_and_not_touched(desk: Desk, message: Message, anna_s: Client) -> None:
    draft = drafts.save(desk.team.seat(desk.team.lars), desk.words(message, "half a"))
    page = anna_s.get(to("case", desk.case().pk))
    assert "has a reply half written" in page.text
    assert "half a</textarea>" not in page.text
    answer = anna_s.post(to("discard", desk.case().pk, draft.pk), **HTMX)
    assert answer.status_code == 422
    assert Draft.objects.get().state == "writing"


def test_the_draft_stays_when_the_customer_writes_on(desk: Desk, message: Message, anna_s: Client) -> None:
    anna_s.post(save(desk, message), words(message, "half an answer"), **SCRIPT)
    desk.hears("meadow", "kari", "@fjellro hello?", parent=message.external_id)
    page = anna_s.get(to("case", desk.case().pk))
    assert page.text.count("</textarea>") == 2  # the note's and one composer
    assert "half an answer</textarea>" in page.text
    assert "They wrote again" in page.text


def test_a_message_of_no_case_cannot_be_answered(desk: Desk, message: Message, anna_s: Client) -> None:
    form = words(message, "Hello", token=str(uuid.uuid4()))
    assert anna_s.post(to("send", desk.case().pk, 10**6), form).status_code == 404
