"""``answerable sign-in-link``: a way in for somebody who cannot sign in."""

from __future__ import annotations

import argparse

from answerable.app.commands.refusal import Refusal

NAME = "sign-in-link"
HELP = "Print a single-use, short-lived link that signs a person in."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The person's address."""
    parser.add_argument("email", metavar="EMAIL", help="the e-mail address the person signs in with")


def handle(args: argparse.Namespace) -> int:
    """Refuses an address nobody has."""
    from answerable.app import boot

    with boot.desk():
        from answerable.app import first_start
        from answerable.people.models import User

        user = User.objects.filter(email__iexact=args.email, is_active=True).first()
        if user is None:
            raise Refusal(
                f"Nobody signs in as {args.email}. Give them a role first: answerable member EMAIL --brand SLUG."
            )
        boot.say(first_start.link_for(user))
    return 0
