"""What every channel must do, whichever network is behind it.

A channel's own tests make a `harness` fixture (see Harness) and a class from the mixins that fit its manifest:
Spine always; Threads for networks where people write to each other in public; Quotes, Edits, KeyedRetry, TakesDown,
Pushes and Pictures as the manifest and the network say. `test_the_mixins_fit_the_manifest` keeps that honest.
"""

from __future__ import annotations

import pytest

# Before the parts are imported, so that a failed assertion shows its values there too.
pytest.register_assert_rewrite(
    *(f"tests.channels.acceptance.{part}" for part in ("answering", "ears", "extras", "hearing", "spine"))
)

from tests.channels.acceptance.ears import (  # noqa: E402
    Base,
    Ears,
    connect,
    failure,
    key_of,
    manifest_of,
    reply_to,
    unique,
)
from tests.channels.acceptance.extras import (  # noqa: E402
    Edits,
    KeyedRetry,
    Pictures,
    Pushes,
    Quotes,
    TakesDown,
    Threads,
)
from tests.channels.acceptance.harness import (  # noqa: E402
    HOSTILE,
    EditingHarness,
    Harness,
    PicturingHarness,
    PushingHarness,
    QuotingHarness,
    Standing,
)
from tests.channels.acceptance.spine import Spine  # noqa: E402

__all__ = [
    "HOSTILE",
    "Base",
    "Ears",
    "EditingHarness",
    "Edits",
    "Harness",
    "KeyedRetry",
    "Pictures",
    "PicturingHarness",
    "Pushes",
    "PushingHarness",
    "Quotes",
    "QuotingHarness",
    "Spine",
    "Standing",
    "TakesDown",
    "Threads",
    "connect",
    "failure",
    "key_of",
    "manifest_of",
    "reply_to",
    "unique",
]
