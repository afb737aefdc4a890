"""The first person, and the link that lets a person in."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from answerable.people import signin
from answerable.people.models import RoleName, User

FIRST_EMAIL = "admin@localhost"


def first_user() -> User:
    """The person ``answerable run`` lets in: the earliest admin, made when nobody is there yet."""
    people = User.objects.filter(is_active=True).order_by("pk")
    return (
        people.filter(roles__name=RoleName.ADMIN).first()
        or people.first()
        or User.objects.create_superuser(FIRST_EMAIL, name="Admin")
    )


def link_for(user: User) -> str:
    """A single-use, short-lived address that signs this person in."""
    return str(settings.PUBLIC_URL) + reverse("web:sign_in_link", args=[signin.issue_link(user)])
