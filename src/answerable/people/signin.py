"""Sign-in links: single-use, short-lived, stored as a hash."""

from __future__ import annotations

from django.conf import settings

from answerable.core import clock, secrets
from answerable.people.models import SignInLink, User


def issue_link(user: User) -> str:
    """A fresh token for this user; only its hash is kept."""
    token = secrets.token()
    SignInLink.objects.create(
        user=user, token_hash=secrets.fingerprint(token), expires_at=clock.now() + settings.SIGN_IN_LINK_LIFETIME
    )
    return token


def redeem(token: str) -> User | None:
    """The user whose link this is, once; None when it is unknown, used or too old."""
    links = SignInLink.objects.filter(token_hash=secrets.fingerprint(token))
    now = clock.now()
    # One UPDATE decides: of two clicks on the same link, one signs in.
    if not links.filter(used_at=None, expires_at__gt=now, user__is_active=True).update(used_at=now):
        return None
    return links.select_related("user").get().user
