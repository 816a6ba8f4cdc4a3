"""The frame round every page: who looks, in which theme, and the rail of a signed-in person's places."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import g, request, url_for
from flask_babel import gettext
from sqlalchemy import Select

from webapp import first_steps
from webapp.accounts import service as accounts
from webapp.accounts.values import ROLES
from webapp.catalog import service as postings
from webapp.core import clock, pages, policy
from webapp.core.db import at_once
from webapp.core.errors import N_
from webapp.core.policy import Actor
from webapp.licences import service as licences
from webapp.matches import answers, queue, saved
from webapp.messages import service as messages
from webapp.tasks import board

# group, endpoint, label, icon, roles that see it
PLACES: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    ("", "matches.queue", N_("匹配队列"), "arrows-join-2", ("broker", "operator")),
    ("", "matches.mine", N_("推荐给我的"), "arrows-join-2", ("researcher", "tto", "company_user", "company_admin")),
    ("", "tasks.tasks", N_("对接任务"), "layout-kanban", ("broker", "operator", "researcher", "tto", "company_user", "company_admin")),
    ("", "brokers.listing", N_("走访记录"), "walk", ("broker", "operator")),
    ("", "licences.licences", N_("先用后付"), "license", ("broker", "operator", "auditor", "tto", "researcher", "company_user", "company_admin")),
    ("", "catalog.approvals", N_("待审核"), "clipboard-check", ("tto", "broker", "operator")),
    ("", "catalog.report_list", N_("举报"), "alert-triangle", ("operator",)),
    ("", "messages.notices", N_("通知"), "bell", ()),
    ("", "discovery.searches", N_("关注的搜索"), "bookmark", ()),
    (N_("资料"), "catalog.mine", N_("我发布的"), "file-text", ("researcher", "tto", "company_user", "company_admin")),
    (N_("资料"), "accounts.expert_edit", N_("我的专家主页"), "id-badge-2", ("researcher",)),
    (N_("资料"), "catalog.results", N_("成果"), "bulb", ()),
    (N_("资料"), "catalog.demands", N_("需求"), "target-arrow", ()),
    (N_("资料"), "imports.batches", N_("批量导入"), "database-import", ("operator", "tto", "company_admin", "broker")),
    (N_("资料"), "imports.classifications", N_("列表"), "list", ("operator",)),
    (N_("资料"), "brokers.me", N_("我的经纪人资料"), "id", ("broker",)),
    (N_("资料"), "brokers.register", N_("技术经纪人"), "users", ("operator", "tto", "company_user", "company_admin", "researcher")),
    (N_("复盘"), "fees.statement", N_("经纪人佣金"), "coins", ("broker", "operator")),
    (N_("复盘"), "figures.broker_table", N_("经纪人业绩"), "chart-bar", ("broker", "operator", "auditor")),
    (N_("复盘"), "figures.screen", N_("区级数据大屏"), "presentation-analytics", ("operator", "auditor", "admin", "broker")),
    (N_("复盘"), "figures.index", N_("数据"), "chart-bar", ("operator", "tto", "company_user", "company_admin")),
    (N_("复盘"), "figures.quality", N_("匹配质量"), "chart-dots", ()),
    (N_("人和单位"), "accounts.organisations", N_("单位名录"), "building-bank", ("operator", "admin", "broker")),
    (N_("人和单位"), "accounts.people", N_("账号"), "user", ("operator", "admin")),
    (N_("人和单位"), "accounts.verifications", N_("待认证"), "shield-check", ("operator",)),
    (N_("人和单位"), "accounts.interests", N_("利益关系"), "scale", ("broker", "operator")),
    (N_("复盘"), "messages.outgoing", N_("邮件"), "mail", ("operator", "admin")),
    (N_("复盘"), "admin.audit_events", N_("留痕"), "report", ("auditor",)),
    (N_("人和单位"), "admin.rights", N_("权限总表"), "clipboard-list", ("operator", "admin", "auditor")),
    (N_("复盘"), "admin.health", N_("运行状况"), "activity", ("operator", "admin", "auditor")),
)
START_PAGES = {"catalog.mine", "admin.health", "matches.queue", "tasks.tasks"}
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
    links: tuple[tuple[str, str], ...] = ()


def chrome() -> dict[str, Any]:
    """Variables of every template; worked out lazily, since an error page may have no database."""
    if "session" not in g or not g.session.is_active:
        return {"viewer": Viewer(), "rail": [], "theme": "light", "language": "zh_CN", "demo_clock": None}
    known = _known(pages.actor())
    return {
        "viewer": _viewer(pages.actor(), known.get("messages.notices", 0)),
        "rail": _rail(pages.actor(), known),
        "theme": "dark" if request.cookies.get("theme") == "dark" else "light",
        "language": pages.language(),
        "keys": known.get("keys") is not False,
        "first_steps": _first_steps(pages.actor()),
        "register_url": url_for("security.register"),
        "demo_clock": clock.now() if clock.offset() else None,
    }


def _first_steps(actor: Actor) -> list[first_steps.Step]:
    """What to do first, on the pages where work begins, until it is done or put away."""
    if request.endpoint not in START_PAGES or request.cookies.get("first_steps") == "off" or not actor.signed_in:
        return []
    return first_steps.steps(pages.session(), actor)


def _viewer(actor: Actor, notices: int) -> Viewer:
    if actor.person_id is None:
        return Viewer()
    mine = g.get("memberships") or accounts.memberships(pages.session(), actor.person_id)
    acting = next((m.organisation for m in mine if m.organisation_id == actor.organisation_id), None)
    label = gettext(ROLES[actor.role]) if actor.role in ROLES else ""
    return Viewer(
        True, actor.name, acting.name if acting else "", label, notices,
        tuple({"id": m.id, "label": m.organisation.name, "current": m.organisation is acting} for m in mine),
        **_links(actor.roles, pages.language(), request.script_root),
    )


def _known(actor: Actor) -> dict[str, Any]:
    """What the frame asks about this person: what waits at each place of their role, and whether they want keys."""
    if not actor.signed_in:
        return {}
    asked: dict[str, Select[Any]] = {"keys": saved.keys(actor), "messages.notices": messages.unread(actor)}
    if actor.has("broker", "operator"):
        asked["matches.queue"] = queue.waiting()
    if actor.has("researcher", "tto", "company_user", "company_admin"):
        asked["matches.mine"] = answers.to_answer(actor)
    if policy.can(actor, "catalog:approvals"):
        asked["catalog.approvals"] = postings.waiting_count(actor)
    if policy.can(actor, "licence:list"):
        asked["licences.licences"] = licences.counting(licences.licences(actor, waiting_for_me=True))
    if actor.has("broker"):
        asked["tasks.tasks"] = board.due_count(actor)
    return at_once(pages.session(), asked)


def _rail(actor: Actor, counts: dict[str, Any]) -> list[dict[str, Any]]:
    if not actor.signed_in:
        return []
    places = _places(actor.roles, pages.language(), request.script_root)
    return [{**place, "count": counts.get(place["endpoint"]), "active": request.endpoint == place["endpoint"]} for place in places]


@lru_cache(maxsize=256)
def _places(roles: frozenset[str], language: str, root: str) -> tuple[dict[str, str], ...]:
    """The places of a role, in the language and under the address root of this request; the same on every page."""
    return tuple(
        {"group": gettext(group) if group else "", "href": url_for(endpoint), "label": gettext(label), "icon": icon, "endpoint": endpoint}
        for group, endpoint, label, icon, held in PLACES
        if not held or roles & set(held)
    )


@lru_cache(maxsize=256)
def _links(roles: frozenset[str], language: str, root: str) -> dict[str, Any]:
    """The links of the bar, which are the same on every page too."""
    return {
        "publish": tuple((gettext(text), url_for(endpoint)) for text, endpoint, held in POSTS if roles & set(held)),
        "desk": url_for("accounts.start"),
        "links": ((gettext("我的账号"), url_for("accounts.me")), (gettext("我的单位"), url_for("accounts.organisations_of_mine")),
                  (gettext("偏好设置"), url_for("matches.preferences"))),
    }  # fmt: skip
