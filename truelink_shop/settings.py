"""Settings of the shop: read from the environment and from nowhere else.

`.env.example` names every variable with its meaning. What production cannot do without (`SECRET_KEY`, `DATABASE_URL`,
`CELERY_BROKER_URL`, `EMAIL_URL`, `ALLOWED_HOSTS`, `SITE_URL`) has no default here, so a forgotten one stops the start
instead of opening a door.
"""

from pathlib import Path
from typing import Any

import django_stubs_ext
import environ
from csp.constants import NONE, SELF

from truelink_shop.database import database_from_url
from truelink_shop.logs import logging_config

# Lets `ModelForm[Company]` and `ModelAdmin[Order]` be written as the type checker wants them.
django_stubs_ext.monkeypatch()

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent

# --- the process -----------------------------------------------------------------------------------------------------
SECRET_KEY: str = env.str("SECRET_KEY")
_SHORTEST_KEY = 50
if len(SECRET_KEY) < _SHORTEST_KEY:
    raise RuntimeError(f"SECRET_KEY must be at least {_SHORTEST_KEY} characters")
DEBUG: bool = env.bool("DEBUG", default=False)
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS")
SITE_URL: str = env.str("SITE_URL").rstrip("/")
ROOT_URLCONF = "truelink_shop.urls"
WSGI_APPLICATION = "truelink_shop.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "truelink_shop.apps.ShopAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "checkout",
    "billing",
    "accounts",
    "catalog",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "truelink_shop.charset.CharsetMiddleware",
    "truelink_shop.language.LanguageMiddleware",
    "truelink_shop.private.PrivatePagesMiddleware",
    "truelink_shop.sessions.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "checkout.middleware.paid_cart_middleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "truelink_shop.busy.BusyMiddleware",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "billing.context_processors.seller",
                "checkout.context_processors.cart",
            ],
        },
    }
]

# --- database --------------------------------------------------------------------------------------------------------
DATABASES = {"default": database_from_url(env.str("DATABASE_URL"))}

# Log-on limits live in the cache. The database keeps them alike for all web processes and needs no Redis; what every
# page shows (the seller's contact) may be half a minute old and stays in the memory of each process.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache_entry",
        # Log-on limits must not be pushed out by a flood of others.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    "process": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "TIMEOUT": 30,
    },
}

# --- people ----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.authentication.MemberBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.passwords.NotLikeThePerson"},
    {
        "NAME": "accounts.passwords.LongEnough",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "accounts.passwords.NotCommon"},
    {"NAME": "accounts.passwords.NotOnlyDigits"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "accounts:menu"
ACCOUNT_ADAPTER = "accounts.authentication.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.LogOnForm",
    "reset_password": "accounts.forms.ForgottenPasswordForm",
    "reset_password_from_key": "accounts.forms.ChoosePasswordForm",
    "change_password": "accounts.forms.ChangePasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_REDIRECT_URL = "checkout:front"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_USERNAME_MIN_LENGTH = 3
# allauth's own generator notes every address in a table when a link is made or opened, and later mails links to
# addresses that the person has left. Django's binds a link to the address of today and writes nothing.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105 (a path)
ALLAUTH_TRUSTED_PROXY_COUNT: int = env.int("TRUSTED_PROXY_COUNT", default=0)

SESSION_ENGINE = "truelink_shop.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
_https = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_NAME = "__Host-session" if _https else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if _https else "csrf"
CSRF_FAILURE_VIEW = "checkout.views.errors.csrf_failure"
SECURE_SSL_REDIRECT = _https
SECURE_REDIRECT_EXEMPT = [r"^sundhed/$"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "style-src": [SELF],
        "script-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        # A form whose answer leads on to Stripe's page: browsers ask for that address too.
        "form-action": [SELF, env.str("STRIPE_CHECKOUT_ORIGIN", default="https://checkout.stripe.com")],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- language, time, money -------------------------------------------------------------------------------------------
LANGUAGE_CODE = "da"
LANGUAGES = [("da", "Dansk"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "__Host-language" if _https else "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LANGUAGE_COOKIE_SECURE = _https
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Copenhagen"

# --- pages -----------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "var" / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# No form takes files: what is sent all the same is read past and written nowhere.
FILE_UPLOAD_HANDLERS: list[str] = []
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

# --- mail: every mail goes through the outbox; the worker hands it to this server ------------------------------------
EMAIL_BACKEND = "billing.outbox.OutboxBackend"
OUTBOX_TRANSPORT = env.email_url("EMAIL_URL", backend=env.str("MAIL_BACKEND", default=None))
OUTBOX_FROM = env.str("MAIL_FROM", default="TrueLink <kundecenter@truelink.dk>")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = OUTBOX_FROM

# --- work in the background ------------------------------------------------------------------------------------------
CELERY_BROKER_URL: str = env.str("CELERY_BROKER_URL")
CELERY_APP = "truelink_shop.celery.app"

# --- card payments ---------------------------------------------------------------------------------------------------
STRIPE_API_KEY: str = env.str("STRIPE_API_KEY")
STRIPE_API_BASE: str = env.str("STRIPE_API_BASE", default="").rstrip("/")
STRIPE_CHECKOUT_ORIGIN: str = env.str("STRIPE_CHECKOUT_ORIGIN", default="https://checkout.stripe.com")
STRIPE_WEBHOOK_SECRETS: list[str] = [secret for secret in env.list("STRIPE_WEBHOOK_SECRETS") if secret]
if not STRIPE_API_KEY or not STRIPE_WEBHOOK_SECRETS:
    raise RuntimeError("STRIPE_API_KEY and STRIPE_WEBHOOK_SECRETS must not be empty")
if STRIPE_API_BASE and "_live_" in STRIPE_API_KEY:
    raise RuntimeError("A live STRIPE_API_KEY goes to Stripe itself: take STRIPE_API_BASE away")

# --- logs ------------------------------------------------------------------------------------------------------------
LOGGING_CONFIG = None
logging_config(
    as_json=env.bool("LOG_JSON", default=not DEBUG),
    level=env.str("LOG_LEVEL", default="INFO"),
)
