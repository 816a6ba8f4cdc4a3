"""The Flask application: settings, then core, then topics; the only wiring."""

from __future__ import annotations

from webapp.config import Settings, load


def create_app(settings: Settings | None = None, **config: object):  # type: ignore[no-untyped-def]
    """Build the application; imports stand here so that `import webapp` stays light for the command line."""
    from urllib.parse import urlsplit

    from werkzeug.middleware.proxy_fix import ProxyFix

    from webapp import topics
    from webapp.accounts import security
    from webapp.core import filters, pages, worker
    from webapp.core.db import Database

    settings = settings or load()
    app = pages.Sunmao(__name__)
    app.settings = settings
    app.database = Database(settings.database, settings.sqlite_busy_seconds)
    app.config.update(MAX_CONTENT_LENGTH=settings.upload_max_mb << 20, MAX_FORM_MEMORY_SIZE=8 << 20, MAX_FORM_PARTS=5000)
    if settings.secure_cookies:  # behind TLS the site has one name; whoever asks for another is not answered
        app.config["TRUSTED_HOSTS"] = [urlsplit(settings.public_url).hostname, "localhost", "127.0.0.1"]
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=0)  # type: ignore[method-assign]
    app.config.update(config)
    worker.wake_on_commit(app.database, settings)
    pages.init_app(app)
    security.init_app(app)
    if settings.secure_cookies:  # a browser takes a cookie of this name only over TLS, from this host, for all of it
        app.config["SESSION_COOKIE_NAME"] = "__Host-sunmao"
    filters.init_app(app)
    topics.init_app(app)
    return app
