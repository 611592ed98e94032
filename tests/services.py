"""What tests need of the machine besides Python: PostgreSQL, Redis, a browser, Docker Compose.

`python -m tests.services postgresql redis chromium compose` says what is missing, and fails when anything is.
"""

import os
import shutil
import sys

import psycopg
import redis

POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
REDIS_URL = os.environ.get("TEST_REDIS_URL") or "redis://127.0.0.1:6379"

# Where a missing service is a failure and not a reason to leave tests out.
REQUIRED = os.environ.get("CI", "").lower() not in {"", "0", "false"}


def without_postgresql() -> str:
    """Return a sentence on how to get PostgreSQL; an empty text when it answers."""
    try:
        psycopg.connect(POSTGRES_URL, connect_timeout=3).close()
    except psycopg.OperationalError:
        return (
            "PostgreSQL does not answer, and without it the tests run on SQLite only: "
            "apt-get install postgresql, or name one in TEST_POSTGRES_URL=postgres://user:password@host:port/postgres"
        )
    return ""


def without_redis() -> str:
    """Return a sentence on how to get Redis; an empty text when it answers."""
    try:
        redis.Redis.from_url(REDIS_URL, socket_connect_timeout=3, socket_timeout=3).ping()
    except redis.RedisError:
        return "Redis does not answer: apt-get install redis-server, or name one in TEST_REDIS_URL=redis://host:port"
    return ""


def chromium_path() -> str:
    """Return where the browser is; an empty text when there is none."""
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    return next((path for path in found if path), "")


def without_chromium() -> str:
    """Return a sentence on how to get a browser; an empty text when there is one."""
    return "" if chromium_path() else "There is no Chromium for the browser tests: apt-get install chromium"


def compose_path() -> str:
    """Return where the program is that reads docker-compose.yml, which needs no daemon; an empty text for none."""
    return shutil.which("docker-compose") or ""


def without_compose() -> str:
    """Return a sentence on how to get Docker Compose; an empty text when it is there."""
    return (
        "" if compose_path() else "There is no docker-compose to read the services with: apt-get install docker-compose"
    )


_CHECKS = {
    "postgresql": without_postgresql,
    "redis": without_redis,
    "chromium": without_chromium,
    "compose": without_compose,
}


def main(names: list[str]) -> int:
    """Print a sentence for each missing service of `names` and return the exit code."""
    sentences = [sentence for name in names if (sentence := _CHECKS[name]())]
    for sentence in sentences:
        print(sentence, file=sys.stderr)
    return 1 if sentences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
