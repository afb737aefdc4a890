"""Which brand a command means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from answerable.app.commands.refusal import Refusal

if TYPE_CHECKING:
    from answerable.people.models import Brand


def named(text: str) -> Brand:
    """The brand with this address or, in any case, this name. Refusal that lists the brands there are."""
    from answerable.people.models import Brand

    found = list(Brand.objects.filter(slug=text)) or list(Brand.objects.filter(name__iexact=text.strip()))
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"{brand.slug} ({brand.name})" for brand in Brand.objects.order_by("slug"))
    wrong = f"Several brands are called “{text}”; name its address." if found else f"There is no brand “{text}”."
    raise Refusal(f"{wrong} Known: {known or 'none yet; answerable brand makes one'}.")
