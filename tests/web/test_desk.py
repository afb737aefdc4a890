"""The desk's pages, through the front door."""

from __future__ import annotations

from django.test import Client

from answerable.people.models import User
from tests.desk import Desk
from tests.people import Team


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_signed_in_person_lands_at_the_desk_of_their_brand(team: Team) -> None:
    answer = signed_in(team.anna).get("/", follow=True)
    assert answer.redirect_chain == [("/b/fjellro/", 302)]
    assert "Nobody is waiting" in answer.text or "No account is connected" in answer.text


def test_a_customers_words_stand_in_queue_and_conversation(desk: Desk) -> None:
    desk.connect()
    desk.hears("meadow", "kari", "@fjellro my parcel is <b>lost</b> & gone")
    page = signed_in(desk.team.anna)
    listing = page.get("/b/fjellro/")
    assert "my parcel is &lt;b&gt;lost&lt;/b&gt; &amp; gone" in listing.text
    case = page.get(f"/b/fjellro/cases/{desk.case().pk}/")
    assert case.status_code == 200
    assert "Needs an answer" in case.text
