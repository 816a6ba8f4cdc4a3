"""No route without a declared permission; the routes open to everybody are the known ones."""

from __future__ import annotations

from typing import Any

from webapp import access
from webapp.access import ROUTES
from webapp.core import policy

# Routes open to everybody. A new one is added here on purpose, by somebody who has thought about what it shows to strangers.
PUBLIC_ROUTES = {
    "accounts.start", "admin.healthz", "attachments.download", "attachments.preview", "brokers.register", "tasks.feed", "catalog.demand", "catalog.demands", "catalog.result",
    "catalog.results", "core.language", "core.theme", "discovery.cluster", "discovery.clusters", "discovery.home", "discovery.search", "discovery.suggest", "figures.quality",
    "figures.screen", "figures.index", "figures.circle", "figures.industry", "figures.institution", "figures.panel", "figures.panel_file", "figures.rows", "figures.rows_file", "figures.goals", "discovery.terms",
    "catalog.card", "catalog.qr", "catalog.report", "catalog.fresh", "catalog.fresh_answer", "catalog.stale", "catalog.result_draft", "catalog.demand_draft",
    "licences.deals", "licences.offers", "licences.public_notice", "licences.income_notice", "licences.public_notices", "messages.unsubscribe", "messages.unsubscribed",
    "accounts.invitation", "accounts.organisation", "accounts.organisations", "accounts.privacy", "discovery.expert", "discovery.experts",
    "security.change_email_confirm", "security.confirm_email", "security.forgot_password", "security.mf_recovery", "security.register",
    "security.reset_password", "security.send_confirmation", "security.tf_select", "security.two_factor_rescue", "security.two_factor_setup",
    "security.two_factor_token_validation", "security.wan_signin", "security.wan_signin_response",
    "security.login", "security.logout", "security.static", "static",
}  # fmt: skip


def test_every_route_has_a_declared_permission(app: Any) -> None:
    undeclared = [access.missing(rule.endpoint, rule.rule) for rule in app.url_map.iter_rules() if rule.endpoint not in ROUTES]
    assert not undeclared, "\n" + "\n\n".join(undeclared)


def test_no_declaration_is_left_of_a_route_that_is_gone(app: Any) -> None:
    assert set(ROUTES) - {rule.endpoint for rule in app.url_map.iter_rules()} == set()


def test_declared_permissions_exist() -> None:
    assert {need.permission for need in ROUTES.values() if need.permission} - set(policy.actions()) == set()


def test_the_public_routes_are_the_known_ones() -> None:
    assert {endpoint for endpoint, need in ROUTES.items() if need.public} == PUBLIC_ROUTES


def test_an_undeclared_route_is_closed(app: Any, client: Any) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    answer = client.get("/forgotten")
    assert answer.status_code == 403
    assert b"secret" not in answer.data
