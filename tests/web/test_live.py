"""The event stream's door. How news travel to open pages is seen in tests/browser."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections
from django.http import HttpRequest
from django.test import AsyncClient

from answerable.people.models import Role, User
from answerable.web.views import live
from tests.people import Team
from tests.web.front_door import to


@pytest.fixture(autouse=True)
def connections_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """The view closes its connections before it streams; the test's own transaction lives on one of them."""
    monkeypatch.setattr(connections, "close_all", lambda: None)


def status(user: User | None, address: str) -> int:
    client = AsyncClient()
    if user is not None:
        client.force_login(user)
    code: int = async_to_sync(client.get)(address).status_code
    return code


def test_the_stream_is_for_people_of_the_brand(team: Team) -> None:
    assert status(None, to("live")) == 401
    assert status(team.stranger, to("live")) == 404
    assert status(team.anna, to("live", brand="no-such")) == 404
    assert status(team.vera, to("live")) == 200


def _request(user: User) -> HttpRequest:
    request = HttpRequest()
    request.user = user
    session = SessionStore()
    session.create()
    request.session = session
    return request


def test_whoever_signs_out_or_loses_the_role_is_cut_off(team: Team) -> None:
    request = _request(team.anna)
    assert live._may_still(request, "fjellro")
    role = Role.objects.filter(user=team.anna)
    role.delete()
    assert not live._may_still(request, "fjellro")
    request = _request(team.lars)
    request.session.flush()
    assert not live._may_still(request, "fjellro")
    request = _request(team.odd)
    User.objects.filter(pk=team.odd.pk).update(is_active=False)
    assert not live._may_still(request, "fjellro")
