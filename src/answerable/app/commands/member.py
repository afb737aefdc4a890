"""``answerable member``: a person at a brand, with a role."""

from __future__ import annotations

import argparse

from answerable.app.commands.refusal import Refusal

NAME = "member"
HELP = "Give somebody a role at a brand, and print a link that signs them in."
ROLES = ("viewer", "agent", "lead", "admin")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Who, where and as what."""
    parser.add_argument("email", metavar="EMAIL", help="the address the person signs in with; made when it is new")
    parser.add_argument("--brand", metavar="SLUG", required=True, help="the brand's address: /b/SLUG/")
    parser.add_argument("--role", choices=ROLES, default="agent", help="default: %(default)s")


def handle(args: argparse.Namespace) -> int:
    """Refuses an address that is none, and a brand that is not there."""
    from answerable.app import boot

    with boot.desk():
        from django.core.exceptions import ValidationError
        from django.core.validators import validate_email

        from answerable.app import first_start
        from answerable.people import founding
        from answerable.people.models import Brand, RoleName, User

        brand = Brand.objects.filter(slug=args.brand).first()
        if brand is None:
            slugs = ", ".join(Brand.objects.values_list("slug", flat=True)) or "none yet; answerable brand makes one"
            raise Refusal(f"There is no brand at /b/{args.brand}/. Known: {slugs}.")
        try:
            validate_email(args.email)
        except ValidationError:
            raise Refusal(f"“{args.email}” is no e-mail address.") from None
        known = User.objects.filter(email__iexact=args.email.strip()).first()
        if known is not None:
            roles = ", ".join(f"{role.name} of {role.brand.name}" for role in known.roles.select_related("brand"))
            boot.say(f"Somebody signs in as {known.email} already ({known}; {roles or 'no role yet'}).")
        user = founding.join(brand, args.email, RoleName(args.role))
        boot.say(f"{user.email} is {args.role} of {brand.name}.")
        boot.say(first_start.link_for(user))
    return 0
