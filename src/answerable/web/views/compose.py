"""Writing a reply and what becomes of it."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.core.exceptions import BadRequest
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from answerable.cases import queries
from answerable.channels.line import adapter, manifest
from answerable.core.transitions import Refused
from answerable.inbox.models import Message
from answerable.people.rights import Right, Seat
from answerable.replies import drafts, verbs
from answerable.replies.drafts import Overtaken, Words
from answerable.replies.models import Draft
from answerable.web.doors import Request, at_desk, number, status_of, typed
from answerable.web.shown.composer import Refusal, composer
from answerable.web.views.cases import back
from answerable.web.views.desk import basis, whole


def _words(request: Request, message_id: int) -> Words:
    try:
        token = UUID(typed(request, "token"))
    except ValueError as error:
        raise BadRequest("the composer's token is missing or no token; open the page again") from error
    version = number(request.POST.get("version", "0"))
    if version is None:
        raise BadRequest("the draft's version is no number; open the page again")
    text = typed(request, "text").replace("\r\n", "\n")
    return Words(message_id, token, text, version, typed(request, "seen"))


@require_POST
@at_desk(Right.ANSWER)
def save(request: Request, seat: Seat, case_id: int, message_id: int) -> HttpResponse:
    """Keeps the words while they are typed. Answers a script with the new version and the network's count."""
    words = _words(request, message_id)
    try:
        draft = drafts.save(seat, words)
    except Refused as error:
        return _refused(request, seat, case_id, words, error)
    if request.accepts("text/html"):
        return back(request, seat, case_id)
    account = draft.answers.account
    count = adapter(account).measure(draft.text, manifest(account))
    return JsonResponse({"version": draft.version, "token": str(draft.token), "count": count})


@require_POST
@at_desk(Right.ANSWER)
def send(request: Request, seat: Seat, case_id: int, message_id: int) -> HttpResponse:
    words = _words(request, message_id)
    try:
        drafts.release(seat, words)
    except Refused as error:
        return _refused(request, seat, case_id, words, error)
    return back(request, seat, case_id)


@require_POST
@at_desk(Right.ANSWER)
def attach(request: Request, seat: Seat, case_id: int, message_id: int) -> HttpResponse:
    """Puts a picture to the words; they are kept first, since a picture belongs to a draft."""
    words = _words(request, message_id)
    try:
        data = _picture(request)
        draft = drafts.save(seat, words)
        drafts.attach(seat, draft.pk, data, typed(request, "alt").strip())
    except Overtaken as error:
        return _refused(request, seat, case_id, words, error)
    except Refused as error:
        return _refused(request, seat, case_id, words, error, place="attach-trouble")
    answer = back(request, seat, case_id)
    kept = {
        "message": message_id,
        "version": draft.version,
        "token": str(draft.token),
    }  # headers get into logs: no words
    return trigger_client_event(answer, "answerable:saved", kept)


def _picture(request: Request) -> bytes:
    file = request.FILES.get("picture")
    if not isinstance(file, UploadedFile):
        raise Refused(_("choose a picture first"))
    size = file.size or 0
    if size > settings.MEDIA_MAX_BYTES:
        limit = settings.MEDIA_MAX_BYTES // 1_000_000
        raise Refused(_("the picture is larger than %(limit)d MB") % {"limit": limit})
    return bytes(file.read())


def _refused(
    request: Request, seat: Seat, case_id: int, words: Words, error: Refused, *, place: str = "trouble"
) -> HttpResponse:
    """Says why, at a place in the composer, with everything that was typed still in it."""
    case = queries.case(seat, case_id)
    message = Message.objects.select_related("author", "account").get(brand=seat.brand, pk=words.answers)
    refusal = Refusal(words, str(error), _other(seat, words) if isinstance(error, Overtaken) else None)
    if not request.htmx and request.accepts("text/html"):
        return render(request, "desk/desk.html", whole(request, seat, case, refusal), status=status_of(error))
    context = basis(seat) | {"case": case, "box": composer(seat, message, refusal)}
    answer = render(request, "desk/_refused.html", context, status=status_of(error))
    answer["HX-Retarget"] = f"#{context['box'].key}-{place}"
    answer["HX-Reswap"] = "innerHTML"
    return answer


def _other(seat: Seat, words: Words) -> str | None:
    """The words that another tab kept, when they differ."""
    kept = Draft.objects.filter(brand=seat.brand, user=seat.user, answers=words.answers, state="writing").first()
    return kept.text if kept and kept.text != words.text else None


@require_POST
@at_desk(Right.ANSWER)
def detach(request: Request, seat: Seat, case_id: int, draft_id: int, picture_id: int) -> HttpResponse:
    drafts.detach(seat, draft_id, picture_id)
    return back(request, seat, case_id)


@require_POST
@at_desk(Right.ANSWER)
def discard(request: Request, seat: Seat, case_id: int, draft_id: int) -> HttpResponse:
    drafts.discard(seat, draft_id)
    return back(request, seat, case_id)


@require_POST
@at_desk(Right.ANSWER)
def recall(request: Request, seat: Seat, case_id: int, draft_id: int) -> HttpResponse:
    verbs.recall(seat, draft_id)
    return back(request, seat, case_id)


@require_POST
@at_desk(Right.ANSWER)
def edit(request: Request, seat: Seat, case_id: int, draft_id: int) -> HttpResponse:
    verbs.edit(seat, draft_id)
    return back(request, seat, case_id)


@require_POST
@at_desk(Right.ANSWER)
def try_again(request: Request, seat: Seat, case_id: int, draft_id: int) -> HttpResponse:
    verbs.try_again(seat, draft_id)
    return back(request, seat, case_id)


@require_POST
@at_desk(Right.ANSWER)
def look_again(request: Request, seat: Seat, case_id: int, draft_id: int) -> HttpResponse:
    verbs.look_again(seat, draft_id)
    return back(request, seat, case_id)


@require_POST
@at_desk(Right.ANSWER)
def not_there(request: Request, seat: Seat, case_id: int, draft_id: int) -> HttpResponse:
    verbs.not_there(seat, draft_id)
    return back(request, seat, case_id)


@require_POST
@at_desk(Right.LEAD)
def take_down(request: Request, seat: Seat, case_id: int, message_id: int) -> HttpResponse:
    verbs.take_down(seat, message_id, typed(request, "reason"))
    return back(request, seat, case_id)
