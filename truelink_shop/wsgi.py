"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from truelink_shop.charset import Utf8Request

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "truelink_shop.settings")

application = get_wsgi_application()
application.request_class = Utf8Request
