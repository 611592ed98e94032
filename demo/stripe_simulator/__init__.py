"""A stand-in for Stripe on loopback, for the demo and the tests; a process and a small Django site of its own.

From the outside in: `server` listens, `api`, `pages` and `control` answer, `payments` decides, `objects` shapes,
`webhooks` delivers, `store` keeps. Nothing here knows the shop, and the shop cannot tell that it is not Stripe.
"""

from typing import Any

Json = dict[str, Any]

API_VERSION = "2026-10-28.endive"
