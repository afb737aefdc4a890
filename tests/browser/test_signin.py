"""Signing in with password, codes and passkeys, under the strict content policy."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Running, Watch

PASSWORD = "a long and winding road"


@pytest.fixture
def page(browser: Browser, running: Running, watch: Watch) -> Page:
    context = browser.new_context(base_url=running.url)
    return watch.over(context.new_page())


def test_a_passkey_from_first_link_to_sign_in(page: Page, running: Running, watch: Watch) -> None:
    keys = page.context.new_cdp_session(page)
    keys.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    keys.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    # Passkeys belong to a host name, never to a bare address.
    home = running.url.replace("127.0.0.1", "localhost")
    page.goto(running.link().replace("127.0.0.1", "localhost"))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/b/fjellro/")

    page.goto(f"{home}/accounts/password/set/")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password (again)").fill(PASSWORD)
    page.get_by_role("button", name="Set Password").click()
    page.goto(f"{home}/accounts/2fa/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    page.wait_for_url("**/recovery-codes/**")
    page.goto(f"{home}/accounts/2fa/webauthn/")
    page.get_by_text("Passkey", exact=True).wait_for()
    for path in ("2fa/", "2fa/totp/activate/", "2fa/recovery-codes/", "2fa/recovery-codes/generate/"):
        page.goto(f"{home}/accounts/{path}")

    page.goto(f"{home}/accounts/logout/")
    page.get_by_role("button", name="Sign Out").click()
    page.goto(f"{home}/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/b/fjellro/")


def test_a_wrong_password_is_said_and_pages_of_the_entrance_are_quiet(page: Page) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill("anna@fjellro.test")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator(".errorlist").wait_for()
    for path in ("signup/", "password/reset/", "password/reset/done/", "inactive/"):
        page.goto(f"/accounts/{path}")
