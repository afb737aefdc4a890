"""What every channel does."""

from __future__ import annotations

from answerable.channels.contract import (
    Link,
    Retry,
)
from tests.channels.acceptance.answering import Answers, Resolves
from tests.channels.acceptance.ears import manifest_of
from tests.channels.acceptance.extras import KeyedRetry, Pictures, Pushes, TakesDown
from tests.channels.acceptance.harness import (
    Harness,
)
from tests.channels.acceptance.hearing import Connects, Hears


class Spine(Connects, Hears, Answers, Resolves):
    """What every channel does."""

    def test_the_mixins_fit_the_manifest(self, harness: Harness, link: Link) -> None:
        manifest = manifest_of(harness, link)
        assert manifest.network == link.network == harness.network
        assert isinstance(self, KeyedRetry) == (manifest.retry is not Retry.NONE)
        assert isinstance(self, TakesDown) == manifest.delete_own
        assert isinstance(self, Pushes) == manifest.push
        assert isinstance(self, Pictures) == (manifest.images > 0)
