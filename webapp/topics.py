"""The list of topics: their pages for the application, their jobs for the worker, and what every page shows."""

from __future__ import annotations

from webapp import access, static_files
from webapp.accounts.pages import accounts, load_actor
from webapp.admin import pages_design, pages_rights  # noqa: F401 - their pages hang on admin's blueprint
from webapp.admin.pages import admin
from webapp.assets import asset_url
from webapp.attachments.pages import attachments
from webapp.brokers.pages import brokers
from webapp.catalog import pages_care, pages_fresh, pages_writing  # noqa: F401 - their addresses join the catalog's
from webapp.catalog import service as catalog_lists
from webapp.catalog.pages import catalog
from webapp.chrome import chrome
from webapp.confidentiality import watermark
from webapp.confidentiality.pages import box, confidentiality
from webapp.core import scanner
from webapp.core.pages import Sunmao
from webapp.discovery.pages import discovery
from webapp.discovery.terms import TERMS
from webapp.engines import connect
from webapp.figures import pages_screen as _screen  # noqa: F401 - its addresses join those of figures
from webapp.figures.pages import figures
from webapp.imports import pages_lists  # noqa: F401 - its addresses join those of imports
from webapp.imports.pages import imports
from webapp.jobs import register
from webapp.licences.pages import licences
from webapp.licences.pages_money import ledgers
from webapp.licences.pages_papers import papers
from webapp.matches.pages import matches
from webapp.matches.sides import pages as _sides  # noqa: F401 - more pages of matches
from webapp.matches.tools import pages as _tools  # noqa: F401 - more pages of matches
from webapp.messages import service as mail
from webapp.messages.pages import messages
from webapp.tasks.pages import tasks
from webapp.tasks.pages_fees import paying
from webapp.tasks.pages_talk import talking

BLUEPRINTS = (
    accounts, admin, attachments, brokers, catalog, confidentiality, discovery, figures, imports, ledgers, licences, matches, messages, papers, paying, tasks, talking,
)  # fmt: skip


def init_app(app: Sunmao) -> None:
    """Register every topic's pages, the engines pages may ask, and the frame round every page."""
    register()
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.extensions["actor_loader"] = load_actor
    app.extensions["post"] = mail.post_plain
    app.extensions["lists"] = catalog_lists.choices
    app.extensions["engines"] = connect(app.settings)
    access.init_app(app)
    static_files.init_app(app)
    app.context_processor(chrome)
    app.jinja_env.globals["asset"] = asset_url
    app.jinja_env.globals["secrecy"] = box
    app.jinja_env.globals["terms"] = TERMS
    watermark.register()
    scanner.install(app.settings.clamd)

