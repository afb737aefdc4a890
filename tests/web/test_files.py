"""Files of customers: to people of the brand, harmless, and only while something of the brand shows them."""

from __future__ import annotations

import pytest
from django.test import Client

from answerable.core import files
from answerable.core.models import Blob
from answerable.inbox.models import Attachment, Message
from tests.desk import Desk
from tests.web.front_door import signed_in, to
from tests.web.test_compose import picture


@pytest.fixture
def message(desk: Desk) -> Message:
    desk.connect()
    return desk.hears("meadow", "kari", "@fjellro look")


def shown(desk: Desk, message: Message, data: bytes) -> Blob:
    blob = files.keep(desk.team.brand.pk, data)
    Attachment.objects.create(message=message, position=0, url="https://example.org/a", alt='A "b"', blob=blob)
    return blob


def test_a_picture_is_served_guarded(desk: Desk, message: Message) -> None:
    data = picture().read()
    blob = shown(desk, message, data)
    client = signed_in(desk.team.vera)
    answer = client.get(to("file", blob.pk))
    assert answer.content == data
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "private" in answer["Cache-Control"]
    assert "Content-Disposition" not in answer
    again = client.get(to("file", blob.pk), HTTP_IF_NONE_MATCH=answer["ETag"])
    assert again.status_code == 304
    page = client.get(to("case", desk.case().pk)).text
    assert 'alt="A &quot;b&quot;"' in page
    assert "example.org/a" not in page


def test_what_is_no_picture_is_a_download(desk: Desk, message: Message) -> None:
    blob = shown(desk, message, b"<html><script>alert(1)</script>")
    answer = signed_in(desk.team.vera).get(to("file", blob.pk))
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")


def test_nobody_else_gets_it(desk: Desk, message: Message) -> None:
    blob = shown(desk, message, b"a letter")
    address = to("file", blob.pk)
    assert Client().get(address).status_code == 302
    stranger = signed_in(desk.team.stranger)
    assert stranger.get(address).status_code == 404
    assert stranger.get(to("file", blob.pk, brand="havgap")).status_code == 404


def test_a_file_that_nothing_shows_is_not_there(desk: Desk) -> None:
    blob = files.keep(desk.team.brand.pk, b"left over")
    assert signed_in(desk.team.odd).get(to("file", blob.pk)).status_code == 404


def test_what_could_not_be_fetched_says_why(desk: Desk, message: Message) -> None:
    Attachment.objects.create(message=message, position=0, url="https://example.org/a", trouble="the server said <404>")
    page = signed_in(desk.team.vera).get(to("case", desk.case().pk)).text
    assert "the server said &lt;404&gt;" in page
    assert "example.org/a" not in page
