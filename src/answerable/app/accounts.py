"""How allauth behaves here: nobody opens an account at the sign-in pages, and no link follows a Host header."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


@dataclass(frozen=True, slots=True)
class Site:
    """What mails call this place."""

    name: str
    domain: str


class ClosedAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Sign-in only. An admin of a brand invites people."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Strangers cannot sign up."""
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """At the public address: the request names whatever host its sender likes."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return str(settings.PUBLIC_URL) + path.replace("UID-KEY", quote(key))

    def send_mail(self, template_prefix: str, email: str, given: dict[str, Any]) -> None:
        """The same for the name of the site in the mail."""
        site = Site("Answerable", urlsplit(settings.PUBLIC_URL).netloc)
        super().send_mail(template_prefix, email, {"current_site": site, **given})

    def is_safe_url(self, url: str) -> bool:
        """Whether ``next`` stays here: a path, or an address on the very host that was asked."""
        request = context.request
        hosts = {request.get_host()}
        return url_has_allowed_host_and_scheme(url, allowed_hosts=hosts, require_https=request.is_secure())
