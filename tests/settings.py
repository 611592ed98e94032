"""Settings of the tests: the shop's own, on a database of this test run.

`TEST_DATABASE_URL` names the PostgreSQL server to use; without it, tests use SQLite in a file. Not in memory: live
servers, threads and worker processes need to open it too.
"""

import os
from pathlib import Path
from urllib.parse import quote

_ROOT = Path(__file__).resolve().parent.parent
_FILES = _ROOT / "var" / "test"
_FILES.mkdir(parents=True, exist_ok=True)

# Several runs may go on at once. The processes of one run (pytest-xdist) inherit its name from the first.
os.environ.setdefault("TEST_RUN", str(os.getpid()))
_RUN = os.environ["TEST_RUN"]

os.environ.update(
    SECRET_KEY="the tests' key, which signs nothing that matters to anybody",
    DEBUG="false",
    ALLOWED_HOSTS="testserver,127.0.0.1,localhost",
    SITE_URL="http://testserver",
    DATABASE_URL=os.environ.get("TEST_DATABASE_URL") or f"sqlite:///{quote(str(_FILES))}/unused.sqlite3",
    # Kicks reach no worker, and cost nothing: the in-memory broker keeps them until the process ends.
    CELERY_BROKER_URL="memory://",
    EMAIL_URL="memorymail://",
    STRIPE_API_KEY="sk_test_simulator",
    STRIPE_WEBHOOK_SECRETS="whsec_simulator",
    # Nobody answers there; the fixture `simulator` puts its own address in its place.
    STRIPE_API_BASE="http://127.0.0.1:9",
    LOG_JSON="false",
    LOG_LEVEL="WARNING",
)
for _unwanted in ("MAIL_BACKEND", "MAIL_FROM", "STATIC_ROOT", "STRIPE_CHECKOUT_ORIGIN", "TRUSTED_PROXY_COUNT"):
    os.environ.pop(_unwanted, None)

from truelink_shop.settings import *  # noqa: E402,F403 (the environment must be set first; a settings file is a namespace)
from truelink_shop.settings import DATABASES, STORAGES  # noqa: E402

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["TEST"] = {"NAME": str(_FILES / f"shop-{_RUN}.sqlite3")}
else:
    DATABASES["default"]["TEST"] = {"NAME": f"test_truelink_{_RUN}"}
    # Race tests hold many connections at a barrier; a pool would keep them apart.
    DATABASES["default"]["OPTIONS"].pop("pool")

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Pages under test need no collected files.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
