"""Somebody at the desk, who clicks on its pages, and clicks again when the page did not come."""

from __future__ import annotations

import uuid
from datetime import timedelta

import httpx

from answerable.config import processes
from answerable.core import clock
from answerable.people.models import User
from answerable.people.signin import issue_link
from tests.faults.house import GUARD, House


class Agent:
    """A person with a browser. clicks_lost: how often a page did not come and the click was made once more."""

    def __init__(self, house: House, user: User) -> None:
        self.house, self.user = house, user
        self.clicks_lost = 0
        self.client = httpx.Client(base_url=house.address, trust_env=False, timeout=20)

    def close(self) -> None:
        self.client.close()

    def sign_in(self) -> None:
        """By a link from the command line; a link whose answer was lost is used up, so each try takes a fresh one."""
        while "sessionid" not in self.client.cookies:
            page = f"/sign-in/{issue_link(self.user)}"
            self._ask("GET", page)
            self._ask("POST", page, {})

    def click(self, path: str, **fields: str) -> int:
        """POSTs to a page of the brand until an answer comes; its status."""
        if "sessionid" not in self.client.cookies:
            self.sign_in()
        return self._ask("POST", f"/b/{self.house.team.brand.slug}/{path}", fields).status_code

    def _ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> httpx.Response:
        until = clock.now() + timedelta(seconds=GUARD)
        while True:
            answer = self._try(method, path, fields)
            if answer is not None:
                return answer
            assert clock.now() < until, f"{path} never answered\n{self.house.web.said()}"
            self.clicks_lost += 1
            self.house.tick()
            processes.pause(0.2)

    def _try(self, method: str, path: str, fields: dict[str, str] | None) -> httpx.Response | None:
        try:
            answer = self.client.request(method, path, data=fields, headers=self.headers())
        except httpx.HTTPError:
            return None
        return None if answer.status_code >= 500 else answer

    def headers(self) -> dict[str, str]:
        """What a page of the desk sends with every form."""
        return {"X-CSRFToken": self.client.cookies.get("csrftoken") or "", "Origin": self.house.address}


def token() -> str:
    """What a freshly opened composer carries."""
    return str(uuid.uuid4())
