"""Every address of the desk."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from answerable.inbox.edge import receive
from answerable.web.views import accounts, cases, compose, desk, files, home, live, measures, signin

app_name = "web"

_of_draft: list[URLPattern] = [
    path("discard", compose.discard, name="discard"),
    path("recall", compose.recall, name="recall"),
    path("edit", compose.edit, name="edit"),
    path("try-again", compose.try_again, name="try_again"),
    path("look-again", compose.look_again, name="look_again"),
    path("not-there", compose.not_there, name="not_there"),
    path("pictures/<int:picture_id>/remove", compose.detach, name="detach"),
]

_of_case: list[URLPattern | URLResolver] = [
    path("", desk.case, name="case"),
    path("panes", desk.panes, name="panes"),
    path("take", cases.take, name="take"),
    path("drop", cases.drop, name="drop"),
    path("note", cases.note, name="note"),
    path("snooze", cases.snooze, name="snooze"),
    path("wake", cases.wake, name="wake"),
    path("close", cases.close, name="close"),
    path("reopen", cases.reopen, name="reopen"),
    path("undo-close", cases.undo_close, name="undo_close"),
    path("waits/<int:wait_id>/decide", cases.decide, name="decide"),
    path("decisions/<int:decision_id>/undo", cases.undo_decision, name="undo_decision"),
    path("messages/<int:message_id>", desk.message, name="message"),
    path("messages/<int:message_id>/draft", compose.save, name="save"),
    path("messages/<int:message_id>/send", compose.send, name="send"),
    path("messages/<int:message_id>/pictures", compose.attach, name="attach"),
    path("messages/<int:message_id>/take-down", compose.take_down, name="take_down"),
    path("drafts/<int:draft_id>/", include(_of_draft)),
]

_of_brand: list[URLPattern | URLResolver] = [
    path("", desk.desk, name="desk"),
    path("queue", desk.queue, name="queue"),
    path("live", live.stream, name="live"),
    path("files/<int:blob_id>", files.blob, name="file"),
    path("cases/<int:case_id>/", include(_of_case)),
    path("measures/", measures.page, name="measures"),
    path("measures/waits", measures.waits, name="measures_waits"),
    path("measures.csv", measures.sheet, name="measures_csv"),
    path("accounts/", accounts.listing, name="accounts"),
    path("accounts/connect/<slug:channel_key>", accounts.connect, name="connect"),
    path("accounts/<int:account_id>", accounts.account, name="account"),
    path("accounts/<int:account_id>/disconnect", accounts.disconnect, name="disconnect"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("theme", home.theme, name="theme"),
    path("sign-in/<str:token>", signin.link, name="sign_in_link"),
    path("hooks/<uuid:hook_id>", receive, name="hook"),
    path("b/<slug:brand>/", include(_of_brand)),
]
