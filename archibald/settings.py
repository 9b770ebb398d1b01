"""Settings, read from the environment or ``.env``.

A secret can also be in a file: ``NAME_FILE=/run/secrets/name``. The README lists all names and defaults.
"""

import os
import re
from datetime import timedelta
from email.utils import getaddresses
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from archibald.environment import environment

BASE_DIR = Path(__file__).resolve().parent.parent

# Empty for none, as in scripts that have data of their own.
if _SETTINGS_FILE := os.environ.get("SETTINGS_FILE", ".env"):
    environ.Env.read_env(str(BASE_DIR / _SETTINGS_FILE))
env = environment()

# The folder for the project's files: database, session state, artifacts, cache. Made when Django starts.
DATA_DIR = Path(env.str("ARCHIBALD_DATA_DIR", default=str(BASE_DIR / "var"))).resolve()

DEBUG = env.bool("DEBUG", default=False)
INSECURE_SECRET_KEY = "django-insecure-for-one-machine-only"
SECRET_KEY = env.str("SECRET_KEY", default=INSECURE_SECRET_KEY)
# This machine is always allowed, for health checks.
_PUBLIC_HOSTS = env.list("ALLOWED_HOSTS", default=[])
ALLOWED_HOSTS = [*_PUBLIC_HOSTS, "localhost", "127.0.0.1", "[::1]"]
# Whoever knows the key can log in as anybody, and run code through the queue of tasks.
_PUBLISHED_KEYS = ("django-insecure-", "a key for the upgrade test and for nothing else")
if _PUBLIC_HOSTS and SECRET_KEY.startswith(_PUBLISHED_KEYS):
    raise ImproperlyConfigured(
        "The SECRET_KEY is published, and ALLOWED_HOSTS lets others reach this server: set SECRET_KEY, or "
        "SECRET_KEY_FILE, to 50 random characters or more (docker/make-secrets makes one)."
    )
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Behind a proxy that ends TLS and sets X-Forwarded-Proto: cookies and pages go over HTTPS only.
HTTPS_ONLY = env.bool("HTTPS_ONLY", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS_ONLY
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS_ONLY else None
SECURE_HSTS_SECONDS = 30 * 24 * 3600 if HTTPS_ONLY else 0
# The number of proxies in front that append the client's address to X-Forwarded-For. With 0 the header, which
# any client can send, is ignored.
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=1 if HTTPS_ONLY else 0)
SECURE_REDIRECT_EXEMPT = [r"^healthz/"]
# The web server refuses larger bodies by their announced length, before they are received.
REQUEST_MAX_BYTES = env.int("REQUEST_MAX_BYTES", default=32 * 1024 * 1024)
# No HSTS for subdomains and no preload list: they would affect other hosts of the domain.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

INSTALLED_APPS = [
    "sync",
    "customers",
    "access",
    # The URLs import the apps' admin modules, which a command that shows no pages does not need.
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    # After sync, which replaces its qcluster command.
    "django_q",
    "rest_framework",
    # Only for tokens of the old kind; new ones are access.ApiToken.
    "rest_framework.authtoken",
    "knox",
    "axes",
    # Not django_filters, whose templates and translations are for pages that are not served here.
    "django_htmx",
    "csp",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "archibald.access_log.access_log",
    "archibald.middleware.not_stored",
    "csp.middleware.CSPMiddleware",
    "archibald.middleware.pages_by_get_and_post",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "archibald.middleware.api_in_english",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "access.sessions.IdleTimeout",
    "access.authentication.old_token_warning",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "archibald.middleware.without_trailing_slash",
    # Replaces the answer to a login that is locked out.
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "archibald.urls"
WSGI_APPLICATION = "archibald.wsgi.application"

# Scripts and styles come from this server only, so pages also work offline.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'archibald.sqlite3'}")}
if password := env.str("DATABASE_PASSWORD", default=""):
    DATABASES["default"]["PASSWORD"] = password
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Without these options, concurrent writes fail with "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    # Not in memory: live server threads and other processes must see the same rows.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
elif DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    # A server whose host vanishes is noticed within a minute; without these it takes hours.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 10,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
        **DATABASES["default"].get("OPTIONS", {}),
    }
# The time limit of one statement of the web process on PostgreSQL; 0 is none. Other processes have no limit,
# since a statement of a sync or a migration may take longer.
DATABASE_STATEMENT_TIMEOUT_S = env.int("DATABASE_STATEMENT_TIMEOUT_S", default=30)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# One cache for all processes: files on one machine, or Redis with CACHE_URL. Not in memory, since the web
# process must see what the syncing process writes.
# Both store JSON instead of Django's pickles, which run as code when they are read.
_JSON_CACHES = {
    "django.core.cache.backends.filebased.FileBasedCache": "archibald.cache.JsonFileCache",
    "django.core.cache.backends.redis.RedisCache": "archibald.cache.JsonRedisCache",
}
_CACHE = env.cache_url("CACHE_URL", default=f"filecache://{DATA_DIR / 'cache'}")
_CACHE["BACKEND"] = _JSON_CACHES.get(_CACHE["BACKEND"], _CACHE["BACKEND"])
_CACHE["KEY_PREFIX"] = env.str("CACHE_KEY_PREFIX", default="archibald")
if _CACHE["BACKEND"].endswith(".JsonFileCache"):
    # Django's default of 300 would evict entries that are still in use.
    _CACHE["OPTIONS"] = {"MAX_ENTRIES": 10_000}
elif _CACHE["BACKEND"].endswith(".JsonRedisCache"):
    _CACHE["OPTIONS"] = {"socket_connect_timeout": 2.0, "socket_timeout": 2.0, **_CACHE.get("OPTIONS", {})}
    if password := env.str("CACHE_PASSWORD", default=""):
        _CACHE["OPTIONS"]["password"] = password
CACHES = {"default": _CACHE}

# --- Logins and sessions -------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["access.lockout.LockoutBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# For a login with a `next` that leads to another host.
LOGIN_REDIRECT_URL = "admin:index"

# A session that nobody uses ends after this time. Pages that poll don't prolong it: see access.sessions.
SESSION_IDLE_MINUTES = env.int("SESSION_IDLE_MINUTES", default=240)
SESSION_COOKIE_AGE = SESSION_IDLE_MINUTES * 60

# After so many wrong passwords, logins are refused for LOGIN_LOCKOUT_MINUTES: for an account at one address,
# for an address, and for an account at all addresses.
LOGIN_FAILURES = env.int("LOGIN_FAILURES", default=5)
LOGIN_FAILURES_PER_ADDRESS = env.int("LOGIN_FAILURES_PER_ADDRESS", default=30)
LOGIN_FAILURES_PER_ACCOUNT = env.int("LOGIN_FAILURES_PER_ACCOUNT", default=100)
LOGIN_LOCKOUT_MINUTES = env.int("LOGIN_LOCKOUT_MINUTES", default=15)
AXES_HANDLER = "access.lockout.LockoutHandler"
AXES_FAILURE_LIMIT = LOGIN_FAILURES
AXES_COOLOFF_TIME = timedelta(minutes=LOGIN_LOCKOUT_MINUTES)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "access.lockout.locked_out"
AXES_USERNAME_CALLABLE = "access.lockout.account_name"
AXES_CLIENT_IP_CALLABLE = "customers.addresses.client_network"
# The lock-out ends by itself, even if somebody goes on trying.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
# Keep counts of failures only: no successful logins, and nothing of what was typed.
AXES_DISABLE_ACCESS_LOG = True
AXES_SENSITIVE_PARAMETERS = [
    "username",
    "csrfmiddlewaretoken",
    "next",
    "old_password",
    "new_password1",
    "new_password2",
]
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# An XLSX file can't contain control characters.
IMPORT_EXPORT_ESCAPE_ILLEGAL_CHARS_ON_EXPORT = True

LANGUAGE_CODE = "it"
LANGUAGES = [("it", "Italiano"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.str("TIME_ZONE", default="Europe/Rome")
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
# The folder that `collectstatic` writes hashed static files to. If empty, static files are served from their
# apps and need no `collectstatic`.
STATIC_ROOT = env.str("STATIC_ROOT", default="") or None
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = STATIC_ROOT is None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_ROOT
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {
        "without_queries": {"()": "archibald.log_filters.WithoutQueries"},
        "one_line": {"()": "archibald.log_filters.OneLine"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["without_queries", "one_line"],
        },
        "nowhere": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        # Both log full URLs, which hold tokens. sync.monitoring.alerts logs what failed.
        "apprise": {"handlers": ["nowhere"], "propagate": False},
        "urllib3": {"handlers": ["nowhere"], "propagate": False},
        # Without Django's own handlers: one mails each failed request to ADMINS, with search terms and forms,
        # and runserver's logs queries. archibald.access_log logs the requests.
        "django": {"handlers": [], "level": "INFO"},
        "django.server": {"handlers": ["nowhere"], "propagate": False},
        # Warns whenever a request has to wait for a thread.
        "waitress.queue": {"level": "ERROR"},
        # Logs names of unknown accounts, which may be passwords; access.receivers logs failed logins.
        "axes": {"level": "ERROR"},
        # Says at INFO that it was imported.
        "pikepdf": {"level": "WARNING"},
    },
}

# --- The ERP -------------------------------------------------------------------------------------------
# The default is the simulator (`python -m scripts.erp_simulator`) with its account. Any other address needs
# an account.
SIMULATOR_URL = "http://127.0.0.1:8899/Archibald"
ARCHIBALD_URL = env.str("ARCHIBALD_URL", default=SIMULATOR_URL)
_IS_SIMULATOR = ARCHIBALD_URL == SIMULATOR_URL
ARCHIBALD_USERNAME = env.str("ARCHIBALD_USERNAME", default="agente" if _IS_SIMULATOR else "")
ARCHIBALD_PASSWORD = env.str("ARCHIBALD_PASSWORD", default="segreta" if _IS_SIMULATOR else "")
# The ERP's certificate does not match its IP address.
ARCHIBALD_ACCEPT_INVALID_CERTIFICATE = env.bool("ARCHIBALD_ACCEPT_INVALID_CERTIFICATE", default=False)
# Path of Chromium. If empty, the one installed by the scripts, else one found on this machine.
BROWSER_PATH = env.str("BROWSER_PATH", default="")

# Timeouts in seconds. Source: a login to the ERP takes 8 to 10 s, sometimes over 30 s; an export takes 7 s to
# over 2 minutes.
ERP_PAGE_TIMEOUT_S = env.float("ERP_PAGE_TIMEOUT_S", default=90.0)
ERP_LOGIN_TIMEOUT_S = env.float("ERP_LOGIN_TIMEOUT_S", default=90.0)
ERP_EXPORT_TIMEOUT_S = env.float("ERP_EXPORT_TIMEOUT_S", default=300.0)
ERP_BANNER_WAIT_S = env.float("ERP_BANNER_WAIT_S", default=5.0)
ERP_POLL_S = env.float("ERP_POLL_S", default=0.05)

# --- The report ----------------------------------------------------------------------------------------
REPORT_MAX_BYTES = env.int("REPORT_MAX_BYTES", default=100 * 1024 * 1024)
REPORT_MAX_PAGES = env.int("REPORT_MAX_PAGES", default=10_000)

# --- The customers -------------------------------------------------------------------------------------
CUSTOMERS_ALLOW_MISSING_FOOTER = env.bool("CUSTOMERS_ALLOW_MISSING_FOOTER", default=False)
CUSTOMERS_ALLOW_MISSING_COLUMNS = env.bool("CUSTOMERS_ALLOW_MISSING_COLUMNS", default=False)
# A list is held if it has less than this share of the active customers, or if a field becomes empty for more
# than that share of the customers with a value in it.
GUARD_MIN_LIST_SHARE = env.float("GUARD_MIN_LIST_SHARE", default=0.70)
GUARD_MAX_EMPTIED_SHARE = env.float("GUARD_MAX_EMPTIED_SHARE", default=0.20)
# A first list with fewer customers is held, since there is no earlier one to compare it with. 0 turns it off.
SYNC_MIN_CUSTOMERS = env.int("SYNC_MIN_CUSTOMERS", default=0)

# --- The runs ------------------------------------------------------------------------------------------
SYNC_ATTEMPTS = env.int("SYNC_ATTEMPTS", default=3)
SYNC_RETRY_WAIT_S = env.float("SYNC_RETRY_WAIT_S", default=5.0)
# A run without a heartbeat for this long is taken over by the next claim.
SYNC_LEASE_S = env.float("SYNC_LEASE_S", default=45.0)
SYNC_HEARTBEAT_S = env.float("SYNC_HEARTBEAT_S", default=5.0)
# The shortest time between two writes of a run's progress; pages poll every second.
SYNC_PROGRESS_S = 0.5
# A requested run that does not start within this time is given up.
SYNC_QUEUE_S = env.float("SYNC_QUEUE_S", default=900.0)
# Screenshots and traces of the last runs that failed in the browser.
ARTIFACTS_DIR = DATA_DIR / "artifacts"
SYNC_ARTIFACTS_KEPT = env.int("SYNC_ARTIFACTS_KEPT", default=20)
# They show customers, so they are removed sooner than their runs.
SYNC_ARTIFACTS_DAYS = env.int("SYNC_ARTIFACTS_DAYS", default=30)

# A held list on which nobody has decided by then is rejected, and its file removed.
SYNC_HELD_DAYS = env.int("SYNC_HELD_DAYS", default=30)
# Runs are removed after this time, with attempts, logs, screenshots and traces. Customer changes are kept.
SYNC_HISTORY_DAYS = env.int("SYNC_HISTORY_DAYS", default=365)
# Who did what: see customers.actions.
ACTION_LOG_DAYS = env.int("ACTION_LOG_DAYS", default=365)

# --- The schedule --------------------------------------------------------------------------------------
# Used only to create the schedule; staff change it in the admin or over REST.
SYNC_INTERVAL_MINUTES = env.int("SYNC_INTERVAL_MINUTES", default=30)
SYNC_STARTUP_DELAY_S = env.float("SYNC_STARTUP_DELAY_S", default=5.0)
# The length of a minute of the interval; tests of real processes shorten it.
SYNC_MINUTE_S = env.float("SYNC_MINUTE_S", default=60.0)
# The time limit of a scheduled or queued sync with all its attempts, in whole seconds. With the timeouts
# above, three attempts that each time out take 1,725 s.
SYNC_TIMEOUT_S = env.int("SYNC_TIMEOUT_S", default=1800)
Q_CLUSTER = {
    "name": "archibald",
    # The database broker loses no task but can deliver one twice; a run can be claimed only once.
    "orm": "default",
    "workers": 2,
    "timeout": SYNC_TIMEOUT_S,
    # Counted from when a task is fetched, up to one sync before it starts.
    "retry": 2 * SYNC_TIMEOUT_S + 120,
    "max_attempts": 1,
    "ack_failures": True,
    "catch_up": False,
    "recycle": 20,
    "queue_limit": 1,
    "bulk": 1,
    "poll": 1,
    # The parent looks for what is due: a database that keeps the sentinel waiting would stop the clocks by
    # which it ends workers that hang.
    "scheduler": False,
    "save_limit": 200,
}

# --- Alerts and monitoring -----------------------------------------------------------------------------
# Recipients of alerts as `Name <address>, …`, and the mail server.
ADMINS = [(name, address) for name, address in getaddresses([env.str("ADMINS", default="")]) if address]
_EMAIL = env.email_url("EMAIL_URL", default="smtp://localhost:25")
EMAIL_BACKEND = _EMAIL["EMAIL_BACKEND"]
EMAIL_HOST = _EMAIL["EMAIL_HOST"]
EMAIL_PORT = _EMAIL["EMAIL_PORT"]
EMAIL_HOST_USER = _EMAIL["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = _EMAIL["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = _EMAIL.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _EMAIL.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = _EMAIL["EMAIL_FILE_PATH"]
EMAIL_TIMEOUT = 10
EMAIL_SUBJECT_PREFIX = "[Archibald Sync] "
SERVER_EMAIL = env.str("SERVER_EMAIL", default="archibald-sync@localhost")
DEFAULT_FROM_EMAIL = SERVER_EMAIL
# More channels as apprise URLs, separated by commas or spaces.
ALERT_URLS = [
    url for url in re.split(r"[\s,]+(?=[a-z0-9]+://)", env.str("ALERT_URLS", default="").strip()) if url
]
# The time limit for sending one alert to all channels.
ALERT_TIMEOUT_S = env.float("ALERT_TIMEOUT_S", default=10.0)
# Pinged at every start, success and failure, in healthchecks.io's protocol.
PING_URL = env.str("PING_URL", default="").strip()
PING_TIMEOUT_S = env.float("PING_TIMEOUT_S", default=5.0)

# --- The REST API --------------------------------------------------------------------------------------
# How often one account may start syncs, decide on runs or change the schedule. Reading is not limited.
API_STEERING_RATE = env.str("API_STEERING_RATE", default="30/minute")
# The longest time for which a token can be made.
API_TOKEN_MAX_DAYS = env.int("API_TOKEN_MAX_DAYS", default=365)
# After so many different wrong tokens from an address within a minute, it is answered 429 for the rest of it.
API_WRONG_TOKENS_PER_MINUTE = env.int("API_WRONG_TOKENS_PER_MINUTE", default=20)
KNOX_TOKEN_MODEL = "access.ApiToken"
# Its migrations would make a table for the token model that is replaced.
MIGRATION_MODULES = {"knox": None}
REST_KNOX = {"TOKEN_PREFIX": "archibald_"}
REST_FRAMEWORK = {
    # Tokens first, so that a request without login gets 401 with a WWW-Authenticate header.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "access.authentication.ApiTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["customers.permissions.MayRead"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["archibald.parsers.StrictJsonParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "archibald.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "NUM_PROXIES": TRUSTED_PROXY_COUNT,
    "EXCEPTION_HANDLER": "archibald.api.error_answer",
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Archibald Sync",
    "DESCRIPTION": "A local, proven copy of the ERP's customers, and the syncs that keep it.",
    "VERSION": "1",
    "DEFAULT_GENERATOR_CLASS": "archibald.openapi.EnglishSchemaGenerator",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    # Serve Swagger UI from this server.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "archibald.openapi.with_errors",
        "archibald.openapi.without_titles",
    ],
    "ENUM_NAME_OVERRIDES": {
        "RunState": "sync.models.SyncRun.State",
        "RunTrigger": "sync.models.SyncRun.Trigger",
        "ChangeKind": "customers.models.CustomerChange.Kind",
        "FeedKind": "customers.models.FEED_KINDS",
    },
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "CAMELIZE_NAMES": True,
    "COMPONENT_SPLIT_REQUEST": True,
}
