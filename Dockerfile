# The shop's one image: web, worker, beat and manage.py, told apart by their command (docker-compose.yml).
# Building it needs no secret; every setting comes from the environment at the start.

FROM python:3.11-slim-bookworm AS packages
COPY requirements.txt /build/
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /build/requirements.txt

FROM python:3.11-slim-bookworm
# Pango and a font for WeasyPrint; PostgreSQL's client for backup and restore: version 15, as the server in docker-compose.yml.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        fontconfig fonts-dejavu-core libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 postgresql-client-15 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 shop \
    && useradd --system --uid 10001 --gid shop --home-dir /tmp --shell /usr/sbin/nologin shop \
    && install -d -o shop -g shop -m 0700 /backups
COPY --from=packages /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=truelink_shop.settings \
    STATIC_ROOT=/srv/static \
    HOME=/tmp \
    XDG_CACHE_HOME=/tmp/cache
WORKDIR /srv/shop
COPY . .
# The settings must be there, but none of these is used: static files are the same for every shop.
RUN SECRET_KEY=thrown-away-after-the-build-it-signs-nothing-at-all-0000 ALLOWED_HOSTS=shop.invalid \
    SITE_URL=https://shop.invalid DATABASE_URL=sqlite://:memory: CELERY_BROKER_URL=redis://nowhere.invalid \
    STRIPE_API_KEY=thrown-away STRIPE_WEBHOOK_SECRETS=thrown-away \
    EMAIL_URL=smtp+tls://nowhere.invalid \
    python manage.py collectstatic --no-input --verbosity 0
USER 10001:10001
EXPOSE 8000
CMD ["gunicorn", "--config", "python:truelink_shop.gunicorn", "--logger-class", "truelink_shop.server_log.ServerLog", \
     "--worker-tmp-dir", "/dev/shm", "--bind", "0.0.0.0:8000", "truelink_shop.wsgi"]
