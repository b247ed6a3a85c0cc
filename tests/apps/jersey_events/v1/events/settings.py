"""Settings; all that differs between hosts comes from the environment."""

import os
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


def required(name: str) -> str:
    """A variable that has no default; the error names it and no value."""
    if not os.environ.get(name):
        raise ImproperlyConfigured(f"{name} is missing in the environment")
    return os.environ[name]


def release() -> str:
    """The release in the application's folder, or "development"."""
    try:
        return (BASE_DIR / "REVISION").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return "development"


def database(url: str) -> dict:
    """Django's form of a database URL; a relative SQLite path is relative to the release."""
    # An idle connection to SQLite would keep its write-ahead log alive for nothing.
    if url.startswith("sqlite:"):
        found = dj_database_url.parse(url, conn_max_age=0)
        found["NAME"] = BASE_DIR / found["NAME"]
        found["OPTIONS"] = {
            "timeout": 10,
            # One that reads first and writes later would fail at once where it has to wait.
            "transaction_mode": "IMMEDIATE",
            # NORMAL, usual with WAL, may lose the last commits with the power.
            "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL",
        }
        return found
    found = dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True)
    found["OPTIONS"] = {"connect_timeout": 5, **found.get("OPTIONS", {})}
    return found


# Read at start: it names the code that runs, not what lies on the disk later.
RELEASE = release()
DEBUG = False
SECRET_KEY = required("SECRET_KEY")
ALLOWED_HOSTS = required("ALLOWED_HOSTS").split(",")
SITE_URL = required("SITE_URL").rstrip("/")

INSTALLED_APPS = [
    "accounts",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "events.middleware.DatabaseUnavailable",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "events.urls"
WSGI_APPLICATION = "events.wsgi.application"

DATABASES = {"default": database(required("DATABASE_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "dashboard"

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static"

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = BASE_DIR / os.environ.get("EMAIL_FILE_PATH", "mail")
DEFAULT_FROM_EMAIL = "Jersey Events <events@jersey-events.example>"

# nginx is in front; it sets this header itself, whatever a client sends.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_URL.startswith("https://")

USE_TZ = True
TIME_ZONE = "Europe/Jersey"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # Django would mail its errors too.
    "loggers": {"django": {"handlers": [], "level": "INFO"}},
}
