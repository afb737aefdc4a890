"""Pictures of a reply are made fit for the network."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from answerable.channels.bluesky import pictures
from answerable.channels.contract import ChannelError, Picture, Symbol


def _picture(size: tuple[int, int], kind: str = "PNG", mode: str = "RGB", **options: Any) -> Picture:
    out = io.BytesIO()
    Image.effect_noise(size, 90).convert(mode).save(out, kind, **options)
    return Picture(out.getvalue(), f"image/{kind.lower()}")


def test_a_picture_that_fits_is_left_alone() -> None:
    picture = _picture((40, 30))
    ready = pictures.fit(picture)
    assert (ready.data, ready.content_type, ready.width, ready.height) == (picture.data, "image/png", 40, 30)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P"])
def test_a_picture_too_large_is_shrunk_below_the_limit(mode: str) -> None:
    ready = pictures.fit(_picture((1800, 1500), mode=mode))
    assert len(ready.data) <= 1_000_000
    with Image.open(io.BytesIO(ready.data)) as image:
        assert (image.format, image.size) == ("JPEG", (ready.width, ready.height))
    assert ready.width / ready.height == pytest.approx(1.2, abs=0.01)


def test_what_the_camera_wrote_does_not_travel() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "home, 3rd floor"
    ready = pictures.fit(_picture((40, 30), "JPEG", exif=exif))
    assert b"3rd floor" not in ready.data
    assert (ready.width, ready.height) == (30, 40), "turned the right way up"


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"\x89PNG\r\n\x1a\nbroken", b"GIF89a"])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(ChannelError) as caught:
        pictures.fit(Picture(data, "image/png"))
    assert (caught.value.symbol, caught.value.permanent) == (Symbol.REFUSED, True)
