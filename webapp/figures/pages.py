"""HTML door of figures: live matching quality and the 2028 targets."""

from __future__ import annotations

from flask import Blueprint, render_template

from webapp.core import pages
from webapp.figures import service

figures = Blueprint("figures", __name__)


@figures.get("/quality")
def quality() -> str:
    """How good the matching is, from real verdicts, and the targets of the founding policy."""
    session = pages.session()
    return render_template("figures/quality.html", quality=service.quality(session), targets=service.targets(session))
