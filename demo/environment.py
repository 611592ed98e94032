"""The settings of the demo: nothing is inherited, so that a `DATABASE_URL` lying about cannot lead it elsewhere."""

import os
from urllib.parse import quote

from demo.home import Home

# What a program needs from the machine; none of it is a setting of the shop.
_OF_THE_MACHINE = ("PATH", "HOME", "LANG", "PYTHONPYCACHEPREFIX", "XDG_CACHE_HOME")


def demo_environment(home: Home, port: int, stripe_port: int) -> dict[str, str]:
    """Return the whole environment for the demo's processes; the simulator on `stripe_port` stands in for Stripe."""
    inherited = {name: os.environ[name] for name in _OF_THE_MACHINE if name in os.environ}
    return inherited | {
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "truelink_shop.settings",
        "SECRET_KEY": home.secret_key(),
        "DEBUG": "false",
        "SITE_URL": f"http://127.0.0.1:{port}",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "DATABASE_URL": f"sqlite:///{quote(str(home.database))}",
        "CELERY_BROKER_URL": f"sqlite:///{quote(str(home.broker))}",
        "EMAIL_URL": f"filemail:///{quote(str(home.mail))}",
        "MAIL_BACKEND": "demo.mailbox.MailboxBackend",
        "STRIPE_API_KEY": "sk_test_of_the_demo",
        "STRIPE_API_BASE": f"http://127.0.0.1:{stripe_port}",
        "STRIPE_CHECKOUT_ORIGIN": f"http://127.0.0.1:{stripe_port}",
        "STRIPE_WEBHOOK_SECRETS": "whsec_of_the_demo",
        "STATIC_ROOT": str(home.static),
        "TMPDIR": str(home.temporary),
        "LOG_JSON": "false",
    }
