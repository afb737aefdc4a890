"""The pictures that customers of the demo send: drawn, so that nobody's photograph is needed."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw

SIZE = (640, 420)


def zip_torn() -> bytes:
    """A blue jacket whose zip has come apart below the slider."""
    image = Image.new("RGB", SIZE, "#2b5c8a")
    draw = ImageDraw.Draw(image)
    draw.polygon([(300, 0), (340, 0), (420, 420), (220, 420)], fill="#e8e2d4")
    for y in range(20, 420, 14):
        gap = max(0, y - 140) // 3
        draw.rectangle((306 - gap, y, 318 - gap, y + 8), fill="#c9a227")
        draw.rectangle((322 + gap, y + 7, 334 + gap, y + 15), fill="#c9a227")
    draw.rectangle((308, 118, 332, 150), fill="#777777")
    return _png(image)


def tent_at_night() -> bytes:
    """A lit tent under stars, at the foot of a mountain."""
    image = Image.new("RGB", SIZE, "#101a33")
    draw = ImageDraw.Draw(image)
    for n in range(60):
        x, y = (n * 97) % SIZE[0], (n * 53) % 230
        draw.ellipse((x, y, x + 2, y + 2), fill="#dfe7ff")
    draw.polygon([(0, 330), (210, 110), (330, 250), (450, 160), (640, 340), (640, 420), (0, 420)], fill="#1d2b22")
    draw.polygon([(240, 370), (330, 270), (420, 370)], fill="#f2a23a")
    draw.line((330, 270, 330, 370), fill="#8a5415", width=3)
    return _png(image)


def _png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()
