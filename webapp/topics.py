"""The list of topics: their pages for the application, their jobs for the worker, and what every page shows."""

from __future__ import annotations

from webapp.accounts.pages import accounts, load_actor
from webapp.admin.pages import admin
from webapp.assets import asset_url
from webapp.catalog.pages import catalog
from webapp.chrome import chrome
from webapp.core.pages import Sunmao
from webapp.discovery.pages import discovery
from webapp.engines import connect
from webapp.figures.pages import figures
from webapp.imports.pages import imports
from webapp.jobs import register
from webapp.licences.pages import licences
from webapp.matches.pages import matches
from webapp.messages.pages import messages
from webapp.tasks.pages import tasks

BLUEPRINTS = (accounts, admin, catalog, discovery, figures, imports, licences, matches, messages, tasks)


def init_app(app: Sunmao) -> None:
    """Register every topic's pages, the engines pages may ask, and the frame round every page."""
    register()
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.extensions["actor_loader"] = load_actor
    app.extensions["engines"] = connect(app.settings)
    app.context_processor(chrome)
    app.jinja_env.globals["asset"] = asset_url

