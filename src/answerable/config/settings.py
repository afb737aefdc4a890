"""Django's settings, all derived from :class:`answerable.config.env.Env`. Importing this starts nothing."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import django_stubs_ext
from csp.constants import NONE, SELF

from answerable.config import env, keys, logs, mail
from answerable.config.database import choice

# Django's fields and managers take type arguments for the type checker only; at run time they must be let through
django_stubs_ext.monkeypatch()

ENV = env.load()
BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = ENV.debug
SECRET_KEY = ENV.secret_key.get_secret_value() if ENV.secret_key else keys.secret_key(ENV.data_path)
ENCRYPTION_KEYS_FILE = str(ENV.keys_path)
keys.encryption_keys(ENV.keys_path)  # refuses here, with a sentence, rather than at the first token

PUBLIC_URL = ENV.address
ALLOWED_HOSTS = ENV.hosts
OUTGOING_ALLOW_HOSTS = list(ENV.allow_hosts)
if ENV.demo:
    OUTGOING_ALLOW_HOSTS.append(f"127.0.0.1:{ENV.console_port}")  # the demo's own network, and nothing else there
RECALL_SECONDS = ENV.recall_seconds
LEASE_SECONDS = ENV.lease_seconds
DEMO = ENV.demo
CONSOLE_PORT = ENV.console_port
CONSOLE_FILE = ENV.data_path / "console" / "network.sqlite3"
MEDIA_MAX_BYTES = ENV.media_max_bytes
MEDIA_MAX_PIXELS = ENV.media_max_pixels
MEDIA_MAX_PER_MESSAGE = ENV.media_max_per_message
HTTP_TIMEOUT = ENV.http_timeout
WEBHOOK_MAX_BYTES = ENV.webhook_max_bytes
SIGN_IN_LINK_LIFETIME = timedelta(minutes=ENV.sign_in_link_minutes)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    # before the rooms: their tasks are registered on it
    "procrastinate.contrib.django",
    "pgtrigger",
    "csp",
    "django_htmx",
    "answerable.core",
    "answerable.people",
    "answerable.channels",
    "answerable.inbox",
    "answerable.customers",
    "answerable.cases",
    "answerable.history",
    "answerable.replies",
    # before allauth: our templates win over its own
    "answerable.web",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]
if "lintmigrations" in sys.argv:
    INSTALLED_APPS.append("django_migration_linter")

MIDDLEWARE = [
    "answerable.app.middleware.RequestId",
    "answerable.app.middleware.HealthByAnyName",
    "django.middleware.security.SecurityMiddleware",
    "answerable.app.middleware.ExtraHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "answerable.app.middleware.SessionKeys",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "answerable.app.middleware.UnreadableKeys",
]

ROOT_URLCONF = "answerable.app.urls"
WSGI_APPLICATION = "answerable.app.wsgi.application"
ASGI_APPLICATION = "answerable.app.asgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

DATABASES = {"default": choice.django_database(choice.location(ENV), ENV.database_connect_timeout)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        # shared by all web processes: limits on sign-in that each process counted alone would not be limits
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "answerable_cache",
    }
}

PROCRASTINATE_IMPORT_PATHS = ["answerable.app.housekeeping", "answerable.app.demo"]

# Signing in
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "answerable.app.accounts.ClosedAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# an admin makes accounts and vouches for the address
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
# nobody has mail of ours sent to an address that is none of ours
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Answerable] "
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if ENV.is_https else "http"
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key", "reset_password": "10/m/ip,5/h/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = ENV.trusted_proxies
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Answerable"
# a desk on plain http is one on this machine or in a closed network
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not ENV.is_https

# Sessions, cookies, headers
SESSION_COOKIE_AGE = ENV.session_days * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = ENV.is_https
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [ENV.address]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 30 * 24 * 3600 if ENV.is_https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.trusted_proxies else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
# what is read at all is bounded before Django (answerable.app.bodies); of that, files go to the disk, the rest stays here
DATA_UPLOAD_MAX_MEMORY_SIZE = max(ENV.webhook_max_bytes, 2_500_000)
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 4

# Files of our own
STATIC_URL = "/static/"
# served from where they are installed: nothing to collect before the first start
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 0 if DEBUG else 600

# Languages and time
LANGUAGE_CODE = ENV.language
LANGUAGES = [("en", "English"), ("nb", "Norsk bokmål"), ("ru", "Русский"), ("ro", "Română"), ("sk", "Slovenčina")]
LOCALE_PATHS = [str(BASE_DIR / "web" / "locale")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Mail
_MAIL = mail.transport(ENV)
EMAIL_BACKEND = _MAIL.backend
EMAIL_FILE_PATH = str(ENV.data_path / "mail")
EMAIL_HOST = _MAIL.host
EMAIL_PORT = _MAIL.port
EMAIL_HOST_USER = _MAIL.user
EMAIL_HOST_PASSWORD = _MAIL.password
EMAIL_USE_SSL = _MAIL.ssl
EMAIL_USE_TLS = _MAIL.starttls
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV.email_from

LOGGING = logs.configuration(ENV.log_level)
