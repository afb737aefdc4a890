"""The accounts page."""

from __future__ import annotations

import pytest

from answerable.channels import health
from answerable.channels.contract import ChannelError, Symbol
from answerable.channels.models import Account
from answerable.inbox.store import store_unreadable
from tests.desk import Desk
from tests.history.files import EXAMPLE, take_in
from tests.people import Team
from tests.web.front_door import signed_in, to


def test_an_account_is_connected_through_the_form(desk: Desk) -> None:
    given = desk.world.brand("meadow", "fjellro", "secret-enough")
    client = signed_in(desk.team.odd)
    answer = client.post(to("connect", "console"), given | {"handle": " fjellro "}, follow=True)
    assert Account.objects.get().handle == "fjellro"
    assert "fjellro is connected." in answer.text


def test_a_wrong_password_is_said_in_place_and_only_secrets_are_asked_again(desk: Desk) -> None:
    given = desk.world.brand("meadow", "fjellro", "secret-enough")
    answer = signed_in(desk.team.odd).post(to("connect", "console"), given | {"password": "not-this-one"})
    assert answer.status_code == 422
    assert "the password is wrong" in answer.text
    assert 'value="fjellro"' in answer.text
    assert "not-this-one" not in answer.text
    assert not Account.objects.exists()


@pytest.mark.parametrize("form", [{}, {"service": "http://\x00", "network": "meadow", "handle": "a", "password": "b"}])
def test_a_broken_form_is_answered_with_a_sentence(desk: Desk, form: dict[str, str]) -> None:
    answer = signed_in(desk.team.odd).post(to("connect", "console"), form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_there_is_no_form_for_a_channel_that_is_none(team: Team) -> None:
    assert signed_in(team.odd).get(to("connect", "nowhere")).status_code == 404


def test_health_in_words_and_what_to_do(desk: Desk) -> None:
    account = desk.connect()
    health.failed(account, ChannelError(Symbol.TOKEN_DEAD, "the token is <dead>", permanent=True))
    text = signed_in(desk.team.vera).get(to("accounts")).text
    assert "In trouble" in text
    assert "the token is &lt;dead&gt;" in text
    assert "connect this account again" in text


def test_what_could_not_be_read_is_counted_for_all_and_listed_for_admins(desk: Desk) -> None:
    account = desk.connect()
    store_unreadable(account, b"{broken", "no JSON: <b>line 1</b>")
    assert "1 thing that came in could not be read" in signed_in(desk.team.vera).get(to("accounts")).text
    address = to("account", account.pk)
    assert "no JSON" not in signed_in(desk.team.lars).get(address).text
    assert "no JSON: &lt;b&gt;line 1&lt;/b&gt;" in signed_in(desk.team.odd).get(address).text


def test_the_webhook_address_is_for_admins(desk: Desk) -> None:
    account = desk.connect("chirp")
    assert f"/hooks/{account.hook_id}" in signed_in(desk.team.odd).get(to("account", account.pk)).text
    assert str(account.hook_id) not in signed_in(desk.team.lars).get(to("account", account.pk)).text


def test_disconnect_and_what_the_desk_says_then(desk: Desk) -> None:
    account = desk.connect()
    desk.hears("meadow", "kari", "@fjellro hello")
    client = signed_in(desk.team.odd)
    client.post(to("disconnect", account.pk))
    assert Account.objects.get().state == "disconnected"
    assert "This account is disconnected." in client.get(to("case", desk.case().pk)).text
    answer = client.post(to("disconnect", account.pk))
    assert answer.status_code == 422


def test_an_account_from_a_file_says_so_and_cannot_be_connected_again(team: Team) -> None:
    take_in(team.brand, EXAMPLE, "fjellro")
    client = signed_in(team.odd)
    account = Account.objects.filter(channel="archive").first()
    assert account is not None
    for page in (client.get(to("accounts")).text, client.get(to("account", account.pk)).text):
        assert "From a file" in page
        assert "connect/archive" not in page
    assert client.get(to("connect", "archive")).status_code == 404
