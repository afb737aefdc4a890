"""Bytes from outside: the type is what they are, not what they say."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from pytest_django.fixtures import Settings

from answerable.core import files
from answerable.core.models import Blob

pytestmark = pytest.mark.django_db


def picture(kind: str = "PNG", size: tuple[int, int] = (3, 2)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_is_known_by_its_bytes(kind: str) -> None:
    blob = files.keep(1, picture(kind))
    assert (blob.content_type, blob.width, blob.height) == (f"image/{kind.lower()}", 3, 2)


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<html><script>",
        b"%PDF-1.7",
        b"\x89PNG\r\n\x1a\n cut",
    ],
)
def test_whatever_is_no_picture_is_only_a_download(data: bytes) -> None:
    assert files.keep(1, data).content_type == files.DOWNLOAD
    with pytest.raises(files.FileRefused, match="no picture"):
        files.keep(1, data, pictures_only=True)


def test_the_same_bytes_are_kept_once_a_brand() -> None:
    assert files.keep(1, b"same") == files.keep(1, b"same")
    assert files.keep(2, b"same") != files.keep(1, b"same")
    assert Blob.objects.count() == 2


def test_too_much_and_nothing_are_refused(settings: Settings) -> None:
    settings.MEDIA_MAX_BYTES = 10
    with pytest.raises(files.FileRefused, match="at most 10"):
        files.keep(1, b"x" * 11)
    with pytest.raises(files.FileRefused, match="empty"):
        files.keep(1, b"")


def test_a_picture_that_unpacks_to_too_much_is_no_picture(settings: Settings) -> None:
    settings.MEDIA_MAX_PIXELS = 100
    assert files.keep(1, picture(size=(11, 10))).content_type == files.DOWNLOAD
