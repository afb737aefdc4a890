"""``answerable brand``: a new brand, with its first admin."""

from __future__ import annotations

import argparse

from answerable.app.commands.refusal import Refusal

NAME = "brand"
HELP = "Make a brand; its first admin can then connect accounts."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its name, and who looks after it."""
    parser.add_argument("name", metavar="NAME", help="as people know it")
    parser.add_argument("--admin", metavar="EMAIL", help="its admin; made when nobody signs in with this address yet")


def handle(args: argparse.Namespace) -> int:
    """Refuses a name that another brand bears."""
    from answerable.app import boot

    with boot.desk():
        from answerable.app import first_start
        from answerable.people import founding
        from answerable.people.models import User

        email = (args.admin or "").strip().lower()
        known = User.objects.filter(email__iexact=email).first() if email else first_start.first_user()
        user = known or User.objects.create_user(email)
        try:
            brand = founding.found(user, args.name)
        except founding.NameTaken as error:
            raise Refusal(str(error)) from error
        boot.say(f"{brand.name} is there; {user.email} is its admin.")
        boot.say(first_start.link_for(user))
    return 0
