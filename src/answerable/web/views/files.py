"""Pictures and files of customers and drafts, to people of the brand alone."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_cache_control
from django.utils.http import parse_etags
from django.views.decorators.http import require_GET

from answerable.core.files import PICTURES
from answerable.core.models import Blob
from answerable.inbox.models import Attachment
from answerable.people.rights import Seat
from answerable.replies.models import DraftPicture
from answerable.web.doors import Request, at_desk

MINUTES = 5  # that a browser may keep a file without asking again


@require_GET
@at_desk()
def blob(request: Request, seat: Seat, blob_id: int) -> HttpResponse:
    """The bytes, harmless whatever they are: own type, no sniffing, nothing in them may run or load."""
    rows = Blob.objects.filter(brand_id=seat.brand.pk)
    found = rows.defer("data").get(pk=blob_id)
    in_message = Attachment.objects.filter(blob=found, message__brand=seat.brand).exists()
    if not in_message and not DraftPicture.objects.filter(blob=found, draft__brand=seat.brand).exists():
        raise Http404
    etag = f'"{found.sha256}"'
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        return _guarded(HttpResponseNotModified(), etag)
    answer = HttpResponse(bytes(found.data), content_type=found.content_type)
    if found.content_type not in PICTURES.values():
        answer["Content-Disposition"] = f'attachment; filename="file-{found.pk}"'
    return _guarded(answer, etag)


def _guarded(answer: HttpResponse, etag: str) -> HttpResponse:
    answer["ETag"] = etag
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    patch_cache_control(answer, private=True, max_age=MINUTES * 60)
    return answer
