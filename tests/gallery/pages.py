"""The pages of the gallery: every page the site has, with who opens it; what is left out says why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from werkzeug.routing import Map


@dataclass(frozen=True)
class Page:
    """One page: its route, who opens it ("" is a visitor), the arguments of its address, and a name where a route is seen twice."""

    endpoint: str
    who: str = ""
    arguments: tuple[tuple[str, str], ...] = ()
    query: str = ""
    note: str = ""
    status: int = 200

    @property
    def name(self) -> str:
        """The name of its pictures."""
        return "-".join(part for part in (self.endpoint.replace(".", "-"), self.who, self.note) if part)

    def path(self, routes: Map, samples: dict[str, Any]) -> str:
        """Its address: an argument `@name` is a sample's number."""
        values = {name: samples[value[1:]] if value.startswith("@") else value for name, value in self.arguments}
        built = routes.bind("localhost").build(self.endpoint, values)
        return built + (f"?{self.query}" if self.query else "")


def _of(endpoint: str, who: str = "", query: str = "", note: str = "", status: int = 200, **arguments: str) -> Page:
    return Page(endpoint, who, tuple(arguments.items()), query, note, status)


PUBLIC = (
    _of("discovery.home"), _of("discovery.home", "broker1"),
    _of("discovery.search", query="q=防腐涂层"), _of("discovery.search", query="q=qwertzuiop", note="nothing"),
    _of("discovery.search", "broker1", query="q=海洋&kind=results&industry=ship-offshore", note="filtered"),
    _of("discovery.terms"), _of("discovery.clusters"), _of("discovery.cluster", code="upc"), _of("discovery.experts"), _of("discovery.expert", expert_id="@expert"),
    _of("catalog.results"), _of("catalog.demands"), _of("catalog.results", query="q=qwertzuiop&page=9", note="nothing"),
    _of("catalog.result", result_id="@result"), _of("catalog.demand", demand_id="@demand"),
    _of("catalog.result", "broker1", result_id="@result"), _of("catalog.demand", "co-offshore", demand_id="@demand"),
    _of("catalog.card", kind="results", row_id="@result"), _of("catalog.fresh", token="@fresh"),
    _of("catalog.result", note="not-found", result_id="@nothing", status=404),
    _of("licences.offers"), _of("licences.deals"), _of("licences.public_notices"), _of("licences.public_notice", notice_id="@notice"),
    _of("licences.public_notices", query="show=income", note="income"), _of("licences.income_notice", row_id="@division"),
    _of("accounts.organisations"), _of("accounts.organisation", organisation_id="@school"), _of("accounts.privacy"),
    _of("brokers.register"), _of("figures.quality"), _of("messages.unsubscribe", token="@unsubscribe"),
    _of("security.login"), _of("security.register"), _of("security.forgot_password"), _of("security.send_confirmation"), _of("security.wan_signin"),
)  # fmt: skip

COMPANY = (
    _of("matches.mine", "co-offshore"), _of("matches.own_list", "co-offshore", kind="demand", row_id="@demand"),
    _of("catalog.mine", "co-offshore"), _of("catalog.demand_new", "co-offshore"), _of("catalog.demand_edit", "co-offshore", demand_id="@demand"),
    _of("catalog.row_history", "co-offshore", kind="demands", row_id="@demand"),
    _of("confidentiality.demand_layers", "co-offshore", demand_id="@demand"), _of("confidentiality.demand_seen", "co-offshore", demand_id="@demand"),
    _of("licences.apply", "co-offshore", result_id="@offered"), _of("licences.licences", "co-offshore"),
    _of("licences.licence", "co-offshore", note="overdue", licence_id="@licence_OVERDUE"),
    _of("licences.licence", "co-rov", note="paying", licence_id="@licence_PAYING"),
    _of("licences.licence", "co-hydrogen", note="trial", licence_id="@licence_TRIAL"),
    _of("tasks.tasks", "co-offshore"), _of("talk.conversation", "co-offshore", task_id="@task"), _of("tasks.task", "co-offshore", task_id="@task"),
    _of("accounts.invite", "ca-ballast", organisation_id="@ballast"), _of("accounts.organisation_edit", "ca-ballast", organisation_id="@ballast"),
    _of("accounts.verify", "ca-appliance", organisation_id="@appliance"), _of("accounts.organisation", "ca-ballast", organisation_id="@ballast"),
    _of("accounts.organisation_new", "co-film"), _of("accounts.join", "co-film", organisation_id="@school"),
    _of("confidentiality.demand_nda", "res-upc", demand_id="@secret"),
)  # fmt: skip

SCHOOL = (
    _of("catalog.approvals", "tto-upc"), _of("catalog.result_new", "res-upc"), _of("catalog.result_edit", "tto-upc", result_id="@result"),
    _of("catalog.mine", "tto-upc"), _of("catalog.row_history", "tto-upc", kind="results", row_id="@result"),
    _of("confidentiality.result_layers", "tto-upc", result_id="@result"), _of("confidentiality.result_seen", "tto-upc", result_id="@result"),
    _of("catalog.stale", "res-upc"), _of("matches.mine", "res-upc"), _of("accounts.expert_edit", "res-upc"), _of("tasks.calendar", "res-upc"),
    _of("licences.offer", "tto-upc", result_id="@offered"), _of("licences.rules", "tto-upc"), _of("licences.portfolio", "tto-upc"),
    _of("licences.calendar", "tto-upc"), _of("licences.licences", "tto-upc"), _of("ledgers.bank", "tto-upc"),
    *(_of("licences.licence", "tto-upc", note=state.lower(), licence_id=f"@licence_{state}")
      for state in ("ELIGIBILITY", "NOTICE", "OBJECTION", "SIGNING", "TRIAL", "OVERDUE", "PAYING", "REJECTED")),
    _of("ledgers.ledger", "tto-upc", licence_id="@licence_PAYING"), _of("papers.filing", "tto-upc", licence_id="@licence_PAYING", kind="@filing"),
    _of("imports.batches", "tto-upc"), _of("imports.batch", "tto-upc", batch_id="@batch"), _of("imports.batch", "tto-upc", note="done", batch_id="@batch_done"),
)  # fmt: skip

DESK = (
    _of("matches.queue", "broker1"), _of("matches.queue", "broker1", query="state=SHORTLISTED", note="shortlisted"),
    _of("matches.queue", "broker1", query="text=qwertzuiop", note="empty"), _of("matches.why_not", "broker1"),
    _of("matches.why_not", "broker1", query="demand=104&result=23", note="asked"), _of("matches.preferences", "broker1"),
    _of("tasks.tasks", "broker1"), _of("tasks.tasks", "broker1", query="view=list", note="list"), _of("tasks.tasks", "broker1", query="view=today", note="today"),
    _of("tasks.task", "broker1", task_id="@task"), _of("tasks.task", "broker1", note="new", task_id="@task_new"),
    _of("talk.conversation", "broker1", task_id="@task"), _of("tasks.calendar", "broker1"),
    _of("brokers.listing", "broker1"), _of("brokers.visit_new", "broker1"), _of("brokers.visit", "broker1", visit_id="@visit"), _of("brokers.me", "broker1"),
    _of("fees.statement", "broker1"), _of("figures.broker_table", "broker1"), _of("licences.licences", "broker1"),
    _of("licences.licence", "broker1", note="eligibility", licence_id="@licence_ELIGIBILITY"),
    _of("messages.notices", "broker1"), _of("messages.settings", "broker1"), _of("discovery.searches", "broker1"), _of("accounts.interests", "broker1"),
    _of("accounts.start", "admin"), _of("accounts.me", "broker1"), _of("accounts.safety", "broker1"), _of("accounts.my_data", "broker1"),
    _of("accounts.close", "broker1"), _of("accounts.organisations_of_mine", "ca-ballast"), _of("security.change_password", "broker1"),
    _of("security.change_email", "broker1"), _of("security.two_factor_setup", "broker1"), _of("security.wan_register", "broker1"),
    _of("security.mf_recovery_codes", "broker1"), _of("security.verify", "broker1"),
)  # fmt: skip

OPERATORS = (
    _of("accounts.people", "operator"), _of("accounts.person", "operator", person_id="@person"), _of("accounts.verifications", "operator"),
    _of("accounts.organisations", "operator"), _of("accounts.organisation", "operator", organisation_id="@company"),
    _of("brokers.certificates", "operator"), _of("catalog.report_list", "operator"), _of("catalog.approvals", "operator"), _of("fees.rules", "operator"),
    _of("figures.broker_lines", "operator", person_id="@broker", code="@line"), _of("figures.quality", "operator"),
    _of("imports.classifications", "operator"), _of("imports.classifications", "operator", note="one", scheme="industry"),
    _of("imports.classification", "operator", scheme="industry", entry_id="@industry"), _of("imports.batches", "operator"),
    _of("messages.outgoing", "operator"), _of("admin.health", "operator"), _of("admin.jobs", "operator"), _of("admin.rights", "operator"),
    _of("admin.design", "operator"), _of("admin.audit_events", "auditor"), _of("matches.queue", "operator"), _of("tasks.tasks", "operator"), _of("licences.licences", "auditor"),
    _of("admin.health", "broker1", note="refused", status=403),
)  # fmt: skip

FIGURES = (
    _of("figures.screen"), _of("figures.screen", "operator"), _of("figures.index"), _of("figures.circle", code="upc"),
    _of("figures.industry", code="ship-offshore"), _of("figures.institution", organisation_id="@school"),
    _of("figures.broker", "operator", person_id="@broker"), _of("figures.panel", code="stages"), _of("figures.panel", "operator", note="flow", code="flow"),
    _of("figures.rows", "operator", query="measure=flow"), _of("figures.goals", "operator"), _of("figures.target", "operator", code="@target"),
)  # fmt: skip

PAGES = (*PUBLIC, *COMPANY, *SCHOOL, *DESK, *OPERATORS, *FIGURES)

# Routes that answer a GET with no page of their own, or none that can be opened without a secret from a mail.
LEFT_OUT = {
    "confidentiality.result_nda": "the page of confidentiality.demand_nda with the sides changed",
    "static": "a file", "security.static": "a file", "admin.healthz": "two words for machines", "admin.audit_export": "a file",
    "accounts.evidence_file": "a file", "attachments.download": "a file", "attachments.preview": "a picture",
    "catalog.qr": "a picture", "imports.classifications_file": "a file", "imports.refusals": "a file", "imports.take": "a file", "imports.template": "a file",
    "papers.diligence": "a file", "figures.panel_file": "a file", "figures.rows_file": "a file", "papers.pack": "a file", "papers.paper": "a file", "tasks.feed": "a calendar for machines",
    "discovery.suggest": "a part of the search box", "talk.said": "a part of the conversation's page",
    "discovery.open_search": "leads on to the search", "tasks.feed_shown": "shown once after a post",
    "accounts.invitation": "needs the secret of a mail; tests/journeys/test_people.py opens it",
    "security.confirm_email": "leads on to the sign-in page", "security.change_email_confirm": "leads on to the account",
    "security.reset_password": "needs the secret of a mail; its form is the one of the new password",
    "security.tf_select": "stands between two steps of signing in", "security.two_factor_rescue": "stands between two steps of signing in",
    "security.two_factor_token_validation": "stands between two steps of signing in", "security.mf_recovery": "stands between two steps of signing in",
    "security.wan_verify": "a step before security settings for those with a passkey; made of the parts of the sign-in page",
    "security.wan_delete": "answers a post only; the library lists it with GET",
}  # fmt: skip
