"""Every knob of the site, read from the environment once and only here. The README lists them."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from chatsite import env
from chatsite.keys import secret_key

BASE_DIR = Path(__file__).resolve().parent.parent

# ── Where things are kept ────────────────────────────────────────────────────────────────────────────────────────
DATA_DIR = Path(env.text("DATA_DIR", default=str(BASE_DIR / "var"))).expanduser().resolve()
SECRET_KEY = secret_key(env.secret("SECRET_KEY"), DATA_DIR)
DEBUG = env.flag("DEBUG", default=False)

# ── Where the site is reached ────────────────────────────────────────────────────────────────────────────────────
HOST = env.text("HOST", default="127.0.0.1")
PORT = env.number("PORT", default=8000, least=0, most=65535)  # 0 takes a free one, which `serve` then fills in
_own_names = dict.fromkeys(["localhost", "127.0.0.1", "[::1]", f"[{HOST}]" if ":" in HOST else HOST])
_own_origins = [f"http://{name}:{PORT}" for name in _own_names]
PUBLIC_ORIGINS = [origin.rstrip("/") for origin in env.words("PUBLIC_ORIGINS", default=_own_origins)]
if any("://" not in origin for origin in PUBLIC_ORIGINS):
    raise ImproperlyConfigured("PUBLIC_ORIGINS: each must be a full origin such as https://chat.example.com.")
_public_names = [re.sub(r":\d+$", "", urlsplit(origin).netloc) for origin in PUBLIC_ORIGINS]
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", default=[*_own_names, *_public_names])
CSRF_TRUSTED_ORIGINS = PUBLIC_ORIGINS
IS_HTTPS = all(origin.startswith("https://") for origin in PUBLIC_ORIGINS)

# ── Claude ───────────────────────────────────────────────────────────────────────────────────────────────────────
ANTHROPIC_API_KEY = env.secret("ANTHROPIC_API_KEY")  # one, or several by comma or line
ANTHROPIC_API_KEY_FILE = env.text("ANTHROPIC_API_KEY_FILE")  # read again whenever it changed
if ANTHROPIC_API_KEY_FILE and not ANTHROPIC_API_KEY:
    raise ImproperlyConfigured(f"ANTHROPIC_API_KEY_FILE: {ANTHROPIC_API_KEY_FILE} holds no key. Write one into it.")
ANTHROPIC_BASE_URL = env.text("ANTHROPIC_BASE_URL")
CLAUDE_PROVIDER = env.choice(
    "CLAUDE_PROVIDER",
    ["anthropic", "bedrock", "vertex", "foundry", "demo"],
    default="anthropic" if ANTHROPIC_API_KEY else "demo",
)
if CLAUDE_PROVIDER == "anthropic" and not ANTHROPIC_API_KEY:
    raise ImproperlyConfigured("ANTHROPIC_API_KEY: the provider anthropic needs a key. Unset CLAUDE_PROVIDER for demo.")
if CLAUDE_PROVIDER in ("bedrock", "vertex", "foundry"):
    ANTHROPIC_API_KEY = ANTHROPIC_API_KEY_FILE = ""  # no cloud gets to see a key of the vendor's
IS_DEMO = CLAUDE_PROVIDER == "demo"
CLAUDE_TRANSPORT = "conversations.demo.transport.DemoTransport" if IS_DEMO else ""
CLAUDE_MODEL_IDS = env.pairs("CLAUDE_MODEL_IDS")
CLAUDE_DEFAULT_MODEL = env.text("CLAUDE_DEFAULT_MODEL", default="claude-opus-5-5")
CLAUDE_FALLBACK_MODELS = env.words("CLAUDE_FALLBACK_MODELS")
CLAUDE_REFUSAL_MODEL = env.text("CLAUDE_REFUSAL_MODEL")
CLAUDE_SPEED = env.choice("CLAUDE_SPEED", ["standard", "fast"], default="standard")
CLAUDE_GEO = env.choice("CLAUDE_GEO", ["global", "us"], default="global")
CLAUDE_SERVICE_TIER = env.choice("CLAUDE_SERVICE_TIER", ["auto", "standard_only"], default="auto")
CLAUDE_FIRST_BYTE_S = env.seconds("CLAUDE_FIRST_BYTE_S", default=60, least=0.05, most=600)
CLAUDE_STALL_S = env.seconds("CLAUDE_STALL_S", default=120, least=0.05, most=3600)
CLAUDE_TOTAL_S = env.seconds("CLAUDE_TOTAL_S", default=1200, least=0.05, most=7200)
CLAUDE_RETRIES = env.number("CLAUDE_RETRIES", default=2, least=0, most=10)
CLAUDE_RETRY_BUDGET_S = env.seconds("CLAUDE_RETRY_BUDGET_S", default=20, least=0, most=300)

# ── Claude at a cloud: under the names that each cloud's own tools read; a check says what is missing ─────────────
BEDROCK_ENDPOINT = env.choice("BEDROCK_ENDPOINT", ["messages", "runtime"], default="messages")
AWS_REGION = env.text("AWS_REGION", default=env.text("AWS_DEFAULT_REGION"))
AWS_BEARER_TOKEN_BEDROCK = env.secret("AWS_BEARER_TOKEN_BEDROCK")
ANTHROPIC_BEDROCK_MANTLE_BASE_URL = env.text("ANTHROPIC_BEDROCK_MANTLE_BASE_URL")
ANTHROPIC_BEDROCK_BASE_URL = env.text("ANTHROPIC_BEDROCK_BASE_URL")
ANTHROPIC_VERTEX_PROJECT_ID = env.text("ANTHROPIC_VERTEX_PROJECT_ID")
CLOUD_ML_REGION = env.text("CLOUD_ML_REGION", default="global")
ANTHROPIC_VERTEX_BASE_URL = env.text("ANTHROPIC_VERTEX_BASE_URL")
ANTHROPIC_FOUNDRY_API_KEY = env.secret("ANTHROPIC_FOUNDRY_API_KEY")
ANTHROPIC_FOUNDRY_RESOURCE = env.text("ANTHROPIC_FOUNDRY_RESOURCE")
ANTHROPIC_FOUNDRY_BASE_URL = env.text("ANTHROPIC_FOUNDRY_BASE_URL")

# ── Turns ────────────────────────────────────────────────────────────────────────────────────────────────────────
# As many as one process carries on one core with every delta still in time: see docs/speed.md.
TURN_CONCURRENCY = env.number("TURN_CONCURRENCY", default=200, least=1, most=10_000)
TURN_QUEUE_S = env.seconds("TURN_QUEUE_S", default=900, least=1, most=86_400)
TURN_LEASE_S = env.seconds("TURN_LEASE_S", default=15, least=1, most=600)
FLUSH_EVERY_MS = env.number("FLUSH_EVERY_MS", default=50, least=10, most=1000)
DRAIN_S = env.seconds("DRAIN_S", default=8, least=0, most=600)
ERRANDS = env.flag("ERRANDS", default=True)

# ── Comparison with the vendor's bill ────────────────────────────────────────────────────────────────────────────
ANTHROPIC_ADMIN_KEY = env.secret("ANTHROPIC_ADMIN_KEY")
ANTHROPIC_WORKSPACES = env.words("ANTHROPIC_WORKSPACES")
RECONCILE_TOLERANCE_PERCENT = env.number("RECONCILE_TOLERANCE_PERCENT", default=1, least=0, most=100)

# ── Django ───────────────────────────────────────────────────────────────────────────────────────────────────────
INSTALLED_APPS = [
    "conversations",
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "chatsite.headers.security_headers",
    "chatsite.static_files.StreamingWhiteNoise",
    "chatsite.logs.request_context",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "chatsite.urls"
ASGI_APPLICATION = "chatsite.asgi.application"
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
                "conversations.web.context.site",
            ],
        },
    }
]
CSRF_FAILURE_VIEW = "conversations.web.errors.csrf_failure"
LANGUAGE_CODE = "en"
USE_TZ = True
TIME_ZONE = env.zone("TIME_ZONE", default="UTC")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ── Database: SQLite in WAL with IMMEDIATE, else what DATABASE_URL names, pooled ─────────────────────────────────
DATABASES: dict[str, Any] = {
    "default": env.database("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'chatsite.sqlite3'}")
}
IS_SQLITE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
if IS_SQLITE:
    DATABASES["default"]["CONN_MAX_AGE"] = None  # opening a file anew costs more than a query
    DATABASES["default"]["OPTIONS"] = {
        # Deferred transactions that read first and write later fail with "database is locked" under load.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;",
    }
else:
    DATABASES["default"]["OPTIONS"] = {
        # While the server is away, a request that waits longer for a connection only keeps others from hearing so. And
        # the pool would go on with ever longer pauses, so that minutes after its return nobody had asked for it yet.
        "pool": {"min_size": 1, "max_size": 10, "timeout": 2.5, "reconnect_timeout": 1},
        # A machine that is gone says nothing: without these the kernel believes in it for a quarter of an hour.
        "connect_timeout": 2,
        "keepalives_idle": 10,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
    }
    # A restart of the server leaves dead connections in the pool, and each would cost somebody an error page.
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# ── News between processes ───────────────────────────────────────────────────────────────────────────────────────
REDIS_URL = env.text("REDIS_URL")
if REDIS_URL and urlsplit(REDIS_URL).scheme not in ("redis", "rediss", "unix"):
    raise ImproperlyConfigured("REDIS_URL: not an address such as redis://:password@host:6379/0.")

# ── Tool servers ─────────────────────────────────────────────────────────────────────────────────────────────────
MCP_COMMANDS = env.flag("MCP_COMMANDS", default=False)
MCP_PRIVATE_ADDRESSES = env.flag("MCP_PRIVATE_ADDRESSES", default=False)
MCP_SECRETS = env.beginning("MCP_SECRET_")

# ── Accounts ─────────────────────────────────────────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "conversations.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SIGNUP = env.choice("SIGNUP", ["open", "closed"], default="open")
# How many proxies stand before the site, each adding to X-Forwarded-For: what others put there is not believed.
PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT = env.number("PROXIES", default=0, least=0, most=10)
ACCOUNT_ADAPTER = "conversations.web.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"

# ── Staff and what people wrote ──────────────────────────────────────────────────────────────────────────────────
AUDIT_ADDRESS = env.choice("AUDIT_ADDRESS", ["network", "full", "none"], default="network")
READING_S = env.seconds("READING_S", default=900, least=60, most=86_400)
READING_NOTICE = env.flag("READING_NOTICE", default=True)

# ── How long chats are kept ──────────────────────────────────────────────────────────────────────────────────────
RETENTION_DAYS = env.number("RETENTION_DAYS", default=0, least=0, most=36_500)  # 0: until their people delete them

# ── E-mail ───────────────────────────────────────────────────────────────────────────────────────────────────────
vars().update(env.mail("EMAIL_URL"))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("EMAIL_FROM", default="chatsite@localhost")
EMAIL_TIMEOUT = 10  # seconds; Django would wait for a silent server for ever

# ── Alerts ───────────────────────────────────────────────────────────────────────────────────────────────────────
ALERT_EMAILS = env.words("ALERT_EMAILS")
ALERT_WEBHOOK_URL = env.text("ALERT_WEBHOOK_URL")
ALERT_WEBHOOK_SECRET = env.secret("ALERT_WEBHOOK_SECRET")
if ALERT_WEBHOOK_URL and urlsplit(ALERT_WEBHOOK_URL).scheme not in ("http", "https"):
    raise ImproperlyConfigured("ALERT_WEBHOOK_URL: not an address such as https://hooks.example.com/chatsite.")
if ALERT_WEBHOOK_URL and len(ALERT_WEBHOOK_SECRET) < 16:
    raise ImproperlyConfigured("ALERT_WEBHOOK_SECRET: whoever hears the webhook needs it, 16 characters or more.")
ALERT_ERROR_PERCENT = env.number("ALERT_ERROR_PERCENT", default=25, least=1, most=100)

# ── Sessions, cookies, headers ───────────────────────────────────────────────────────────────────────────────────
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_NAME = "__Host-sessionid" if IS_HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if IS_HTTPS else "csrftoken"
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}

# ── Static files and uploads ─────────────────────────────────────────────────────────────────────────────────────
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024  # a pasted megabyte of text must pass; files do not count here

# ── Logs ─────────────────────────────────────────────────────────────────────────────────────────────────────────
LOG_FORMAT = env.choice("LOG_FORMAT", ["text", "json"], default="text")
LOGGING_CONFIG = "chatsite.logs.configure"
LOGGING = {"format": LOG_FORMAT}
