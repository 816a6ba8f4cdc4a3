"""What each route asks of whoever opens it: one line per route, read by the gate before any page runs, and by the tests."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_security.decorators import default_unauthn_handler

from webapp.accounts.models import Expert, Joining, Membership, Organisation, Person, Verification
from webapp.brokers.models import BrokerProfile, Certificate, Visit
from webapp.catalog.models import Demand, Result
from webapp.core import pages, policy
from webapp.core.errors import Forbidden
from webapp.core.files import Attachment
from webapp.core.pages import Sunmao
from webapp.discovery.models import SavedSearch
from webapp.imports.models import ImportBatch
from webapp.licences.models import Licence, PublicNotice
from webapp.licences.models_money import BankLine, Distribution
from webapp.matches.models import Match
from webapp.messages.models import Mail
from webapp.tasks.models import FeeRule, Task

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Need:
    """Whether a route is for everybody; else signed in, with this permission; and the row its address names, if any."""

    permission: str = ""
    public: bool = False
    row: type[Any] | None = None
    by: str = ""


PUBLIC = Need(public=True)
SIGNED_IN = Need()


def may(permission: str) -> Need:
    """For signed-in people with a permission that asks for no row: the gate itself refuses the others."""
    return Need(permission)


def of(row: type[Any], by: str, permission: str = "", public: bool = False) -> Need:
    """About one row, named by an argument of the address: the page finds it through `visible` and asks the permission."""
    return Need(permission, public, row, by)


# A route without a line here answers 403 to everybody, and the tests name it. Each topic has its own block.
ROUTES: dict[str, Need] = {
    "static": PUBLIC,
    "core.language": PUBLIC,
    "core.theme": PUBLIC,
    "core.first_steps": SIGNED_IN,
    # accounts; `security.` are the routes of the accounts library
    "security.static": PUBLIC,
    "security.login": PUBLIC,
    "security.logout": PUBLIC,
    "security.verify": SIGNED_IN,
    "security.register": PUBLIC,
    "security.confirm_email": PUBLIC,
    "security.send_confirmation": PUBLIC,
    "security.forgot_password": PUBLIC,
    "security.reset_password": PUBLIC,
    "security.change_password": SIGNED_IN,
    "security.change_email": SIGNED_IN,
    "security.change_email_confirm": PUBLIC,
    # the second step of signing in stands before it; the library knows who has passed the first
    "security.two_factor_setup": PUBLIC,
    "security.two_factor_setup_validate": SIGNED_IN,
    "security.two_factor_token_validation": PUBLIC,
    "security.two_factor_rescue": PUBLIC,
    "security.tf_select": PUBLIC,
    "security.mf_recovery": PUBLIC,
    "security.mf_recovery_codes": SIGNED_IN,
    "security.wan_signin": PUBLIC,
    "security.wan_signin_response": PUBLIC,
    "security.wan_register": SIGNED_IN,
    "security.wan_register_response": SIGNED_IN,
    "security.wan_delete": SIGNED_IN,
    "security.wan_verify": SIGNED_IN,
    "security.wan_verify_response": SIGNED_IN,
    "accounts.start": PUBLIC,
    "accounts.switch": SIGNED_IN,
    "accounts.privacy": PUBLIC,
    "accounts.me": SIGNED_IN,
    "accounts.safety": SIGNED_IN,
    "accounts.end_sign_in": SIGNED_IN,
    "accounts.end_other_sign_ins": SIGNED_IN,
    "accounts.my_data": SIGNED_IN,
    "accounts.export": SIGNED_IN,
    "accounts.close": SIGNED_IN,
    "accounts.organisations": PUBLIC,
    "accounts.organisation": of(Organisation, "organisation_id", public=True),
    "accounts.organisation_new": may("organisation:found"),
    "accounts.organisation_edit": of(Organisation, "organisation_id", "organisation:edit"),
    "accounts.verify": of(Organisation, "organisation_id", "organisation:submit"),
    "accounts.unverify": of(Organisation, "organisation_id", "organisation:unverify"),
    "accounts.verifications": may("organisation:verifications"),
    "accounts.decide_verification": of(Verification, "verification_id", "organisation:verify"),
    "accounts.evidence_file": of(Attachment, "file_id"),
    "accounts.organisations_of_mine": SIGNED_IN,
    "accounts.join": of(Organisation, "organisation_id", "organisation:join"),
    "accounts.invite": of(Organisation, "organisation_id", "organisation:people"),
    "accounts.invitation": PUBLIC,
    "accounts.answer": of(Joining, "joining_id"),
    "accounts.end_membership": of(Membership, "membership_id", "membership:end"),
    "accounts.interests": may("interest:read"),
    "accounts.end_interest": SIGNED_IN,
    "accounts.rivals": of(Organisation, "organisation_id", "rivalry:declare"),
    "accounts.expert_edit": may("expert:edit"),
    "accounts.people": may("person:list"),
    "accounts.person": of(Person, "person_id", "person:list"),
    "accounts.person_act": of(Person, "person_id", "person:suspend"),
    # messages
    "messages.notices": SIGNED_IN,
    "messages.read": SIGNED_IN,
    "messages.settings": SIGNED_IN,
    "messages.unsubscribe": PUBLIC,
    "messages.unsubscribed": PUBLIC,
    "messages.outgoing": may("message:mail"),
    "messages.open_mail": of(Mail, "mail_id", "message:read_mail"),
    "messages.retry": of(Mail, "mail_id", "message:mail"),
    # attachments follow the rules of the row they are on
    "attachments.upload": SIGNED_IN,
    "attachments.download": of(Attachment, "attachment_id", public=True),
    "attachments.preview": of(Attachment, "attachment_id", public=True),
    "attachments.level": of(Attachment, "attachment_id"),
    "attachments.remove": of(Attachment, "attachment_id"),
    # catalog
    "catalog.results": PUBLIC,
    "catalog.demands": PUBLIC,
    "catalog.result": of(Result, "result_id", public=True),
    "catalog.demand": of(Demand, "demand_id", public=True),
    "catalog.result_new": may("catalog:post_result"),
    "catalog.demand_new": may("catalog:post_demand"),
    "catalog.result_edit": of(Result, "result_id", "catalog:edit"),
    "catalog.demand_edit": of(Demand, "demand_id", "catalog:edit"),
    "catalog.result_act": of(Result, "result_id"),
    "catalog.demand_act": of(Demand, "demand_id"),
    "catalog.mine": may("catalog:mine"),
    "catalog.approvals": may("catalog:approvals"),
    "catalog.result_draft": PUBLIC,  # keeps nothing of a stranger: a sentence answers, so that what is typed stays on the page
    "catalog.demand_draft": PUBLIC,
    "catalog.draft_drop": SIGNED_IN,
    "catalog.merge": SIGNED_IN,
    "catalog.different": SIGNED_IN,
    "catalog.row_history": SIGNED_IN,
    "catalog.card": PUBLIC,
    "catalog.qr": PUBLIC,
    "catalog.report": PUBLIC,
    "catalog.report_list": may("catalog:reports"),
    "catalog.report_decide": may("catalog:reports"),
    "catalog.fresh": PUBLIC,  # the signed link in a mail says who answers
    "catalog.fresh_answer": PUBLIC,
    "catalog.stale": PUBLIC,
    "catalog.list_keep": SIGNED_IN,
    "catalog.list_forget": SIGNED_IN,
    # confidentiality
    "confidentiality.result_nda": of(Result, "result_id", "secrecy:accept"),
    "confidentiality.demand_nda": of(Demand, "demand_id", "secrecy:accept"),
    "confidentiality.result_layers": of(Result, "result_id", "secrecy:layers"),
    "confidentiality.demand_layers": of(Demand, "demand_id", "secrecy:layers"),
    "confidentiality.result_seen": of(Result, "result_id", "secrecy:seen"),
    "confidentiality.demand_seen": of(Demand, "demand_id", "secrecy:seen"),
    # matches
    "matches.queue": may("match:queue"),
    "matches.mine": may("match:mine"),
    "matches.judge": of(Match, "match_id", "match:judge"),
    "matches.undo": of(Match, "match_id", "match:judge"),
    "matches.recommend": of(Match, "match_id", "match:recommend"),
    "matches.answer": of(Match, "match_id", "match:answer"),
    "matches.claim": of(Match, "match_id", "match:judge"),
    "matches.release": of(Match, "match_id", "match:pass_on"),
    "matches.hand_over": of(Match, "match_id", "match:pass_on"),
    "matches.take": may("match:queue"),
    "matches.bulk": may("match:queue"),
    "matches.why_not": may("match:queue"),
    "matches.add": may("match:queue"),
    "matches.save_filter": may("match:queue"),
    "matches.drop_filter": may("match:queue"),
    "matches.own_list": may("match:mine"),  # of one's own posting: the page asks match:own of it
    "matches.wish": may("match:mine"),  # of a pair not yet shared: the page finds it among one's own
    "matches.preferences": SIGNED_IN,
    # tasks
    "tasks.tasks": may("task:list"),
    "tasks.calendar": may("task:list"),
    "tasks.feed_change": may("task:list"),
    "tasks.feed_shown": may("task:list"),
    "tasks.feed": PUBLIC,  # the secret in the address is the right to read it
    "tasks.value": of(Task, "task_id", "task:money"),
    "tasks.receipt": of(Task, "task_id", "task:money"),
    "tasks.rate": of(Task, "task_id", "task:rate"),
    "talk.conversation": of(Task, "task_id"),
    "talk.said": of(Task, "task_id"),
    "talk.say": of(Task, "task_id", "task:talk"),
    "talk.propose": of(Task, "task_id", "task:talk"),
    "talk.meeting": of(Task, "task_id", "task:talk"),
    "talk.contact": of(Task, "task_id", "task:talk"),
    "fees.statement": may("fee:statement"),
    "fees.rules": may("fee:rules"),
    "fees.end": of(FeeRule, "rule_id", "fee:rules"),
    "fees.share": of(Task, "task_id", "fee:share"),
    # brokers
    "brokers.register": PUBLIC,
    "brokers.suspend": of(BrokerProfile, "profile_id", "broker:suspend"),
    "brokers.me": may("broker:profile"),
    "brokers.save": may("broker:profile"),
    "brokers.certificate": may("broker:profile"),
    "brokers.training": may("broker:profile"),
    "brokers.certificates": may("broker:verify"),
    "brokers.verify": of(Certificate, "certificate_id", "broker:verify"),
    "brokers.listing": may("visit:list"),
    "brokers.visit_new": may("visit:record"),
    "brokers.visit": of(Visit, "visit_id"),
    "brokers.visit_invite": of(Visit, "visit_id", "visit:invite"),
    "tasks.task": of(Task, "task_id"),
    "tasks.act": of(Task, "task_id"),
    "tasks.log": of(Task, "task_id", "task:log"),
    # licences
    "licences.offers": PUBLIC,
    "licences.public_notices": PUBLIC,
    "licences.public_notice": of(PublicNotice, "notice_id", public=True),
    "licences.income_notice": of(Distribution, "row_id", public=True),
    "licences.apply": of(Result, "result_id", "licence:apply"),
    "licences.offer": of(Result, "result_id", "licence:offer"),
    "licences.rules": may("licence:rule"),
    "licences.deals": PUBLIC,
    "licences.portfolio": may("licence:list"),
    "licences.calendar": may("licence:list"),
    "licences.licences": may("licence:list"),
    "licences.licence": of(Licence, "licence_id"),
    "licences.act": of(Licence, "licence_id"),
    "ledgers.ledger": of(Licence, "licence_id", "licence:ledger"),
    "ledgers.amount": of(Licence, "licence_id", "licence:books"),
    "ledgers.divide": of(Licence, "licence_id", "licence:books"),
    "ledgers.division": of(Licence, "licence_id", "licence:books"),
    "papers.paper": of(Licence, "licence_id"),
    "papers.diligence": of(Licence, "licence_id", "licence:diligence"),
    "papers.code": of(Licence, "licence_id"),
    "papers.filing": of(Licence, "licence_id", "licence:ledger"),
    "papers.filing_step": of(Licence, "licence_id", "licence:books"),
    "papers.pack": of(Licence, "licence_id", "licence:ledger"),
    "ledgers.bank": may("licence:bank"),
    "ledgers.book": of(BankLine, "line_id", "licence:bank"),
    "ledgers.ignore": of(BankLine, "line_id", "licence:bank"),
    # imports
    "imports.classifications": may("lists:edit"),
    "imports.classification": may("lists:edit"),
    "imports.classification_save": may("lists:edit"),
    "imports.classification_end": may("lists:edit"),
    "imports.classifications_file": may("lists:edit"),
    "imports.classifications_in": may("lists:edit"),
    "imports.take": may("export:use"),
    "imports.template": may("imports:use"),
    "imports.batches": may("imports:use"),
    "imports.upload": may("imports:use"),
    "imports.batch": of(ImportBatch, "batch_id", "imports:use"),
    "imports.columns": of(ImportBatch, "batch_id", "imports:use"),
    "imports.discard": of(ImportBatch, "batch_id", "imports:use"),
    "imports.refusals": of(ImportBatch, "batch_id", "imports:use"),
    # figures
    "figures.broker_table": may("figures:brokers"),
    "figures.broker_lines": may("figures:brokers"),
    "figures.quality": PUBLIC,
    "figures.choose": may("match:lessons"),
    "figures.go_on": may("match:lessons"),
    # whole counts or public ones: the pages ask figures:district, figures:organisation, figures:broker
    "figures.screen": PUBLIC,
    "figures.index": PUBLIC,
    "figures.circle": PUBLIC,
    "figures.industry": PUBLIC,
    "figures.institution": PUBLIC,
    "figures.broker": may("figures:brokers"),
    "figures.panel": PUBLIC,
    "figures.panel_file": PUBLIC,
    "figures.rows": PUBLIC,
    "figures.rows_file": PUBLIC,
    "figures.goals": PUBLIC,
    "figures.report": may("figures:targets"),
    "figures.target": may("figures:targets"),
    "figures.change_target": may("figures:targets"),
    # discovery
    "discovery.home": PUBLIC,
    "discovery.search": PUBLIC,
    "discovery.suggest": PUBLIC,
    "discovery.searches": SIGNED_IN,
    "discovery.save_search": may("search:save"),
    "discovery.open_search": of(SavedSearch, "search_id"),
    "discovery.change_search": of(SavedSearch, "search_id"),
    "discovery.terms": PUBLIC,
    "discovery.clusters": PUBLIC,
    "discovery.cluster": PUBLIC,
    "discovery.experts": PUBLIC,
    "discovery.expert": of(Expert, "expert_id", public=True),
    # admin
    "admin.rights": may("admin:rights"),
    "admin.design": may("admin:design"),
    "admin.healthz": PUBLIC,
    "admin.health": may("admin:health"),
    "admin.retry": may("admin:jobs"),
    "admin.rebuild": may("admin:jobs"),
    "admin.jobs": may("admin:health"),
    "admin.retry_all": may("admin:jobs"),
    "admin.audit_events": may("admin:audit"),
    "admin.audit_export": may("admin:audit"),
    "admin.move_clock": may("admin:clock"),
}


def missing(endpoint: str, rule: str) -> str:
    """What to write for a route nobody declared."""
    return (
        f"the route {rule} has no declared permission: add one line for {endpoint!r} to ROUTES in webapp/access.py, e.g.\n"
        f'    "{endpoint}": may("topic:action"),             signed in, with a permission that needs no row\n'
        f'    "{endpoint}": of(Model, "model_id", "topic:action"),   about the row its address names (permission may be left out)\n'
        f'    "{endpoint}": SIGNED_IN,                        any signed-in person, about their own things only\n'
        f'    "{endpoint}": PUBLIC,                           everybody; then also add it to PUBLIC_ROUTES in tests/webapp/test_access.py'
    )


def gate() -> Any:
    """Refuse before the page runs: a route without a line, a visitor where one must sign in, a role without the permission."""
    endpoint = request.endpoint
    if endpoint is None:
        return None
    need = ROUTES.get(endpoint)
    if need is None:
        log.error(missing(endpoint, str(request.url_rule)))
        raise Forbidden(code="route_undeclared")
    if need.public:
        return None
    if not pages.actor().signed_in:
        return default_unauthn_handler()  # type: ignore[no-untyped-call]
    if need.permission and need.row is None:
        policy.check(pages.actor(), need.permission)
    return None


def init_app(app: Sunmao) -> None:
    """Put the gate before every page."""
    app.before_request(gate)
