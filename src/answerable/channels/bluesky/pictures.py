"""Pictures of a reply, made fit for the network: small enough, the right way up, and without what the camera wrote in."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps

from answerable.channels.bluesky.manifest import MANIFEST
from answerable.channels.contract import ChannelError, Picture, Symbol

_KEPT_FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_LONGEST = 4000  # pixels; larger pictures are shrunk before anything else
_QUALITIES = (90, 80, 70, 60)
_MAX_PIXELS = 60_000_000  # a small file can claim a huge picture


@dataclass(frozen=True, slots=True)
class Fit:
    """A picture as it is uploaded."""

    data: bytes
    content_type: str
    width: int
    height: int


def fit(picture: Picture) -> Fit:
    """The picture itself where it fits, else re-encoded. ChannelError (refused) for what is no picture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(picture.data)) as image:
                return _fit(image, picture.data)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        text = "One of the pictures cannot be read as a picture: attach a JPEG, PNG or WebP file."
        raise ChannelError(Symbol.REFUSED, text, permanent=True) from error


def _fit(image: Image.Image, data: bytes) -> Fit:
    if image.width * image.height > _MAX_PIXELS:
        raise ValueError("too many pixels")
    kind = _KEPT_FORMATS.get(image.format or "")
    image.load()
    # Where it was taken and with what: nobody's business but the sender's.
    bare = not image.getexif() and "xmp" not in image.info
    if kind and bare and len(data) <= MANIFEST.image_bytes:
        return Fit(data, kind, image.width, image.height)
    return _encode(ImageOps.exif_transpose(image))


def _encode(image: Image.Image) -> Fit:
    flat = _flat(image)
    flat.thumbnail((_LONGEST, _LONGEST))
    while True:
        for quality in _QUALITIES:
            out = io.BytesIO()
            flat.save(out, "JPEG", quality=quality, optimize=True)
            if out.tell() <= MANIFEST.image_bytes:
                return Fit(out.getvalue(), "image/jpeg", flat.width, flat.height)
        flat = flat.resize((max(flat.width * 3 // 4, 1), max(flat.height * 3 // 4, 1)))


def _flat(image: Image.Image) -> Image.Image:
    """Without transparency, on white: JPEG has none."""
    if image.mode in ("RGB", "L"):
        return image.convert("RGB")
    seen = image.convert("RGBA")
    ground = Image.new("RGB", seen.size, "white")
    ground.paste(seen, mask=seen.getchannel("A"))
    return ground
