"""The frame round every page: who looks, in which theme, and the rail of a signed-in person's places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import g, request, url_for
from flask_babel import gettext

from webapp.accounts import service as accounts
from webapp.accounts.values import ROLES
from webapp.core import clock, pages
from webapp.core.errors import N_
from webapp.core.policy import Actor
from webapp.matches import queue
from webapp.messages import service as messages

# group, endpoint, label, icon, roles that see it
PLACES: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    ("", "matches.queue", N_("匹配队列"), "arrows-join-2", ("broker", "operator")),
    ("", "matches.mine", N_("推荐给我的"), "arrows-join-2", ("researcher", "tto", "company_user", "company_admin")),
    ("", "tasks.tasks", N_("对接任务"), "layout-kanban", ("broker", "operator", "researcher", "tto", "company_user", "company_admin")),
    ("", "licences.licences", N_("先用后付"), "license", ("broker", "operator", "auditor", "tto", "researcher", "company_user", "company_admin")),
    ("", "catalog.approvals", N_("待审核"), "clipboard-check", ("tto", "broker", "operator")),
    ("", "messages.notices", N_("通知"), "bell", ()),
    (N_("资料"), "catalog.mine", N_("我发布的"), "file-text", ("researcher", "tto", "company_user", "company_admin")),
    (N_("资料"), "catalog.results", N_("成果"), "bulb", ()),
    (N_("资料"), "catalog.demands", N_("需求"), "target-arrow", ()),
    (N_("资料"), "imports.batches", N_("批量导入"), "database-import", ("operator", "tto", "company_admin", "broker")),
    (N_("复盘"), "figures.quality", N_("匹配质量"), "chart-dots", ()),
    (N_("复盘"), "admin.health", N_("运行状况"), "activity", ("operator", "admin", "auditor")),
)
POSTS = (
    (N_("发布成果"), "catalog.result_new", ("researcher", "tto")),
    (N_("发布需求"), "catalog.demand_new", ("company_user", "company_admin")),
)


@dataclass(frozen=True)
class Viewer:
    """What the bar shows of the person."""

    signed_in: bool = False
    name: str = ""
    organisation: str = ""
    role_label: str = ""
    notice_count: int = 0
    memberships: tuple[dict[str, Any], ...] = ()
    publish: tuple[tuple[str, str], ...] = ()
    desk: str = ""


def chrome() -> dict[str, Any]:
    """Variables of every template; worked out lazily, since an error page may have no database."""
    if "session" not in g or not g.session.is_active:
        return {"viewer": Viewer(), "rail": [], "theme": "light", "language": "zh_CN", "demo_clock": None}
    return {
        "viewer": _viewer(pages.actor()),
        "rail": _rail(pages.actor()),
        "theme": "dark" if request.cookies.get("theme") == "dark" else "light",
        "language": pages.language(),
        "demo_clock": clock.now() if clock.offset() else None,
    }


def _viewer(actor: Actor) -> Viewer:
    if actor.person_id is None:
        return Viewer()
    mine = accounts.memberships(pages.session(), actor.person_id)
    acting = next((m.organisation for m in mine if m.organisation_id == actor.organisation_id), None)
    label = gettext(ROLES[actor.role]) if actor.role in ROLES else ""
    return Viewer(
        True, actor.name, acting.name if acting else "", label, messages.unread(pages.session(), actor),
        tuple({"id": m.id, "label": m.organisation.name, "current": m.organisation is acting} for m in mine),
        tuple((gettext(text), url_for(endpoint)) for text, endpoint, roles in POSTS if actor.has(*roles)), url_for("accounts.start"),
    )  # fmt: skip


def _rail(actor: Actor) -> list[dict[str, Any]]:
    if not actor.signed_in:
        return []
    counts = {"messages.notices": messages.unread(pages.session(), actor)}
    if actor.has("broker", "operator"):
        counts["matches.queue"] = queue.waiting(pages.session())
    return [
        {
            "group": gettext(group) if group else "", "href": url_for(endpoint), "label": gettext(label), "icon": icon,
            "count": counts.get(endpoint), "active": request.endpoint == endpoint,
        }
        for group, endpoint, label, icon, roles in PLACES
        if not roles or actor.has(*roles)
    ]  # fmt: skip
