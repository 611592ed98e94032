"""How gunicorn serves the shop: `gunicorn --config python:truelink_shop.gunicorn truelink_shop.wsgi`.

Where it listens is said on the command line.
"""

import gc
from typing import Any

from django.db import connections

worker_class = "gthread"
workers = 2
threads = 4
# Loaded once and shared by the workers: half the memory, and the second worker starts in no time.
preload_app = True
# The control socket lets local users steer the server, and nobody here does.
control_socket_disable = True
logger_class = "truelink_shop.server_log.ServerLog"
timeout = 30
graceful_timeout = 10


def when_ready(_server: Any) -> None:
    """Keep the garbage collector from touching, and so from copying, what the workers share."""
    gc.collect()
    gc.freeze()


def pre_fork(_server: Any, _worker: Any) -> None:
    """Let no worker inherit an open connection to the database: two would speak on one line."""
    connections.close_all()
