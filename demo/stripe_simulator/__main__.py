"""`python -m demo.stripe_simulator --port 8001 --data stripe.sqlite3 --webhook http://127.0.0.1:8000/...`

The environment names `STRIPE_API_KEY` and `STRIPE_WEBHOOK_SECRETS` (a comma between two), as the shop's does. The first
line printed is `{"port": 8001}`, when it answers.
"""

import argparse
import json
import os
import signal
import sys
from pathlib import Path
from urllib.parse import urlsplit

from django.core.wsgi import get_wsgi_application

from demo.stripe_simulator.running import Running
from demo.stripe_simulator.server import LoopbackServer, with_simulator
from demo.stripe_simulator.store import Store
from demo.stripe_simulator.webhooks import LOOPBACK, SECRETS, TARGET, WebhookDelivery


def main() -> int:
    """Run the simulator until a signal ends it, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m demo.stripe_simulator")
    parser.add_argument("--port", type=int, required=True, help="where it answers on 127.0.0.1; 0: any that is free")
    parser.add_argument("--data", type=Path, required=True, help="the file that keeps what it knows")
    parser.add_argument("--webhook", default="", help="where events are delivered; empty: nowhere")
    options = parser.parse_args()
    api_key = os.environ.get("STRIPE_API_KEY", "")
    secrets = [secret for secret in os.environ.get("STRIPE_WEBHOOK_SECRETS", "").split(",") if secret]
    sentence = _why_not(api_key, secrets, options.webhook)
    if sentence:
        print(sentence, file=sys.stderr)
        return 1
    store = Store(options.data)
    with store.changing():
        store.set_setting(TARGET, options.webhook)
        store.set_setting(SECRETS, secrets)
    _serve(store, options.port, api_key)
    return 0


def _why_not(api_key: str, secrets: list[str], webhook: str) -> str:
    """Return why it must not start; an empty text when it may."""
    if not api_key.startswith("sk_test_"):
        return "STRIPE_API_KEY must be a test key, sk_test_...: the simulator is no place for a real one."
    if not secrets:
        return "STRIPE_WEBHOOK_SECRETS must name at least one secret."
    if webhook and (urlsplit(webhook).scheme != "http" or urlsplit(webhook).hostname not in LOOPBACK):
        return "--webhook must be an http address on this machine."
    return ""


def _serve(store: Store, port: int, api_key: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "demo.stripe_simulator.settings"
    application = get_wsgi_application()
    webhooks = WebhookDelivery(store)
    with LoopbackServer(port) as server:
        page = f"http://127.0.0.1:{server.server_port}/c/pay"
        server.set_app(with_simulator(application, Running(store, webhooks, api_key, page)))
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        webhooks.start()
        print(json.dumps({"port": server.server_port}), flush=True)
        try:
            server.serve_forever(poll_interval=0.1)
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    sys.exit(main())
