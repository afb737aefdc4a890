"""Bytes kept for people: pictures and files of customers and agents, in the database, where every process reads them.

The type is read from the bytes, never believed. Pictures must decode; everything else is only ever a download.
"""

from __future__ import annotations

import hashlib
import io
import warnings

from django.conf import settings
from django.db.models import Prefetch

from answerable.core.models import Blob

PICTURES = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}
DOWNLOAD = "application/octet-stream"


class FileRefused(Exception):
    """The file may not be kept; the message says why."""


def keep(brand_id: int, data: bytes, *, pictures_only: bool = False) -> Blob:
    """Stores data once per brand and content. FileRefused when too large, empty, or no picture where one is needed."""
    limit = settings.MEDIA_MAX_BYTES
    if not data:
        raise FileRefused("the file is empty")
    if len(data) > limit:
        raise FileRefused(f"the file has {len(data):,} bytes; at most {limit:,} are kept")
    content_type, width, height = look(data)
    if pictures_only and content_type == DOWNLOAD:
        raise FileRefused("this is no picture we can read (JPEG, PNG, GIF or WebP)")
    blob, _ = Blob.objects.get_or_create(
        brand_id=brand_id,
        sha256=hashlib.sha256(data).hexdigest(),
        defaults={"content_type": content_type, "size": len(data), "width": width, "height": height, "data": data},
    )
    return blob


def described(path: str) -> Prefetch[str]:
    """Fetches blobs along a path of rows, such as "pictures__blob", without their bytes: a page names files only."""
    return Prefetch(path, queryset=Blob.objects.defer("data"))


def look(data: bytes) -> tuple[str, int, int]:
    """(content type, width, height) as the bytes show; (download, 0, 0) for what is no readable picture."""
    from PIL import Image, UnidentifiedImageError  # loaded with the first file, not at every start

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=list(PICTURES)) as picture:
                if picture.width * picture.height > settings.MEDIA_MAX_PIXELS:
                    return DOWNLOAD, 0, 0
                kind, width, height = picture.format or "", picture.width, picture.height
                picture.verify()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Warning, Image.DecompressionBombError):
        return DOWNLOAD, 0, 0
    return PICTURES[kind], width, height
