"""How a brand begins: a name, an address, and one admin."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from answerable.core.actors import OPERATOR, Actor
from answerable.core.ledger import Kind, record
from answerable.people.models import Brand, Role, RoleName, User

FOUNDED = Kind("brand.found", {"admin": int})
JOINED = Kind("brand.join", {"user": int, "role": str})


class NameTaken(Exception):
    """The name gives no address, or one that another brand has."""


@transaction.atomic
def found(user: User, name: str, *, demo: bool = False) -> Brand:
    """Makes a brand with this user as its admin. NameTaken with a sentence when its address is not free."""
    name = name.strip()[:100]
    slug = slugify(name, allow_unicode=False)[:50] or slugify(name, allow_unicode=True)[:50]
    if not slug or not slug.isascii():
        raise NameTaken(f"“{name}” gives no address; choose a name with Latin letters or digits")
    try:
        with transaction.atomic():
            brand = Brand.objects.create(slug=slug, name=name, demo=demo)
    except IntegrityError:
        raise NameTaken(f"there is a brand at /b/{slug}/ already") from None
    Role.objects.create(user=user, brand=brand, name=RoleName.ADMIN)
    record(FOUNDED, brand_id=brand.pk, subject_id=brand.pk, actor=Actor.person(user.pk), data={"admin": user.pk})
    return brand


@transaction.atomic
def join(brand: Brand, email: str, role: RoleName) -> User:
    """Gives somebody a role at a brand, or another one than before; makes the user when nobody has the address yet."""
    email = email.strip().lower()
    user = User.objects.filter(email__iexact=email).first() or User.objects.create_user(email)
    Role.objects.update_or_create(user=user, brand=brand, defaults={"name": role})
    facts = {"user": user.pk, "role": str(role)}
    record(JOINED, brand_id=brand.pk, subject_id=brand.pk, actor=OPERATOR, data=facts)
    return user
