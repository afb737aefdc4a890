"""Every address of the product."""

from __future__ import annotations

from django.urls import include, path, re_path

from answerable.app import errors, health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    # A changed address is not verified: whoever takes a future colleague's would be given their place at a brand.
    re_path(r"^accounts/(?:email|confirm-email)(?:/|$)", errors.nothing_here),
    path("accounts/", include("allauth.urls")),
    path("", include("answerable.web.urls")),
]

handler400 = "answerable.app.errors.bad_request"
handler500 = "answerable.app.errors.server_error"
