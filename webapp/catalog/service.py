"""Use cases of the catalog: post, edit and store results and demands, list them, open one, and the lists they use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.accounts.models import Organisation, Sight
from webapp.catalog import notices
from webapp.catalog import policy as rights
from webapp.catalog.bulk import Newcomers
from webapp.catalog.documents import access_tokens, match_document, search_document
from webapp.catalog.fields import DEFAULTS, Rules, rules
from webapp.catalog.laying import before, differs, lay, quantities, revise
from webapp.catalog.listed import lists
from webapp.catalog.models import Demand, Result
from webapp.catalog.policy import DECLARATIONS, Posting
from webapp.catalog.states import LIVE
from webapp.catalog.values import VERIFIED
from webapp.catalog.verbs import act, advance, check_version, declared, in_time, not_secret
from webapp.config import Settings
from webapp.core import audit, clock, policy
from webapp.core.audit import AuditEvent
from webapp.core.errors import N_, AppError, Forbidden, Invalid
from webapp.core.policy import Actor

__all__ = [
    "Newcomers", "access_tokens", "act", "advance", "edit", "edit_demand", "edit_result", "lists", "match_document", "mine", "open_posting",
    "post_demand", "post_result", "published", "quantities", "search_document", "sights", "store", "stored", "waiting",
]  # fmt: skip

Row = TypeVar("Row", Result, Demand)


def choices(session: Session, language: str) -> dict[str, list[tuple[str, str]]]:
    """Codes with their names in a language, entries valid today only, for forms of other topics."""
    found, english = lists(session), language == "en"
    return {
        scheme: [(code, (entry.en if english else "") or entry.zh) for code, entry in getattr(found, scheme).items() if entry.current]
        for scheme in ("industry", "field", "cluster")
    }


def post_result(
    session: Session, actor: Actor, values: Mapping[str, Any], *, submission: str | None = None, settings: Settings = DEFAULTS
) -> Result:
    """Create a draft result of the actor's school; the same submission again gives the first row."""
    policy.check(actor, "catalog:post_result")
    return _post(session, actor, Result, values, submission=submission, settings=settings)


def post_demand(
    session: Session, actor: Actor, values: Mapping[str, Any], *, submission: str | None = None, settings: Settings = DEFAULTS
) -> Demand:
    """Create a draft demand of the actor's company; the same submission again gives the first row."""
    policy.check(actor, "catalog:post_demand")
    return _post(session, actor, Demand, values, submission=submission, settings=settings)


def _post(
    session: Session, actor: Actor, model: type[Row], values: Mapping[str, Any], *, submission: str | None, settings: Settings
) -> Row:
    home = session.get_one(Organisation, actor.organisation_id)
    start = {"cluster_code": home.cluster_code} if model is Result else {"industry_code": home.industry_code, "confidentiality": 1}
    given = {name: value for name, value in start.items() if value is not None} | dict(values)
    columns = rules(model.__tablename__, lists(session), settings).read(given, organisation=home.name)
    if submission and (first := submitted(session, actor, model, submission)):
        return _again(first, columns)
    row = model(state="DRAFT", organisation=home, created_by_id=actor.person_id, submission=submission)
    lay(row, columns)
    row.changed_by = actor.name
    return _insert(session, actor, row)


class AlreadyPosted(AppError):
    """The form has become a row before, and holds other words now."""

    code = "posted_already"
    status = 409
    message = N_("这张表单已经提交过，就是 %(row)s。您后来又改了内容，还在下面：要改那一条，请打开它来编辑；要另发一条，请再保存一次。")


def _again(first: Row, columns: Mapping[str, Any]) -> Row:
    """A second click finds the row of the first; other words on a page gone back to are no second click and must not vanish."""
    if differs(first, columns):
        raise AlreadyPosted(row=first.code)
    return first


def _insert(session: Session, actor: Actor, row: Row) -> Row:
    """Two clicks may arrive together: the database's unique key decides, and the second gets the first row."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        first = submitted(session, actor, type(row), row.submission or "")
        if first is None:
            raise
        return first
    audit.record(session, actor, f"{row.__tablename__}:post", row)
    return row


def submitted(session: Session, actor: Actor, model: type[Row], submission: str) -> Row | None:
    """The row a form with this mark has already become."""
    query: Select[Any] = select(model).where(model.submission == submission, model.created_by_id == actor.person_id)
    found: Row | None = session.scalars(query).unique().first()
    return found


def not_posted_yet(session: Session, actor: Actor, model: type[Any], submission: str) -> None:
    """What is kept of a form while one types must not outlive the row it became: it would come back into the next form."""
    if submission and (first := submitted(session, actor, model, submission)):
        raise AlreadyPosted(row=first.code)


def edit_result(
    session: Session, actor: Actor, row: Result, values: Mapping[str, Any], version: int, *, settings: Settings = DEFAULTS
) -> list[str]:
    """Change a result; see `edit`."""
    return edit(session, actor, row, values, version, settings=settings)


def edit_demand(
    session: Session, actor: Actor, row: Demand, values: Mapping[str, Any], version: int, *, settings: Settings = DEFAULTS
) -> list[str]:
    """Change a demand; see `edit`."""
    return edit(session, actor, row, values, version, settings=settings)


def edit(
    session: Session, actor: Actor, row: Posting, values: Mapping[str, Any], version: int, *, settings: Settings = DEFAULTS
) -> list[str]:
    """Change a row opened at `version`; Stale when somebody was faster. Returns the names of the changed fields.

    A live row stays live, so it must keep what publishing asks of it; the school's office hears of the change.
    """
    policy.check(actor, "catalog:edit", row)
    check_version(row, version)
    found, was = rules(row.__tablename__, lists(session), settings), before(row)
    changed = lay(row, found.read(values, was, row.organisation.name))
    if not changed:
        return []
    row.changed_by, row.updated_at = actor.name, clock.now()
    if {"deadline", "valid_until"} & set(changed):
        row.reminded_at = None
    if row.state in LIVE[row.__tablename__]:
        for guard in (declared, not_secret, in_time):
            guard(actor, row)
        row.confirmed_at = clock.now()
        notices.tell_of_change(session, actor, row)
    audit.record(session, actor, f"{row.__tablename__}:edit", row, changed=changed)
    revise(session, actor, row, "edit", was, changed)
    session.flush()
    return changed


def closed_to_its_owner(actor: Actor, row: Posting) -> bool:
    """Whether this is one's own row, which can no longer be changed."""
    return "owner" in rights.parts(actor, row) and not policy.can(actor, "catalog:edit", row)


def stored(session: Session, model: type[Posting], source: str, external_ids: Iterable[str]) -> dict[str, Posting]:
    """Rows of a source by their outer number, to be handed to `store` as `known` when many follow."""
    query: Select[Any] = select(model).where(model.source == source, model.external_id.in_(list(external_ids)))
    return {str(row.external_id): row for row in session.scalars(query).unique()}


def store(
    session: Session, actor: Actor, model: type[Posting], organisation_id: int, source: str, external_id: str,
    values: Mapping[str, Any], publish: bool, *, known: dict[str, Posting] | None = None, settings: Settings = DEFAULTS,
    author_id: int | None = None, is_example: bool = False, fresh: Newcomers | None = None,
) -> str:  # fmt: skip
    """Create or update the row with this outer number: "created", "updated", or "unchanged" without touching it.

    `publish` says the importer vouches for the rows: they are live at once, with a result's declarations taken as given
    unless a column denies one. Without it they stay drafts. A row somebody withdrew is updated but not published again.
    New rows go to `fresh` where it is given, to be inserted together.
    """
    _may_store(actor, model, organisation_id, publish)
    row = known.get(external_id) if known is not None else stored(session, model, source, [external_id]).get(external_id)
    if row is not None and row.organisation.id != organisation_id:
        raise Invalid(fields={"external_id": N_("这个编号已被别的单位导入过，请换一个编号。")})
    home = session.get_one(Organisation, organisation_id)
    found = _import_rules(session, model, settings)
    if row is not None:
        return _renew(session, actor, row, found, values, publish)
    start = {"state": "DRAFT", "source": source, "external_id": external_id, "created_by_id": author_id or actor.person_id}
    columns = start | {"is_example": is_example, "changed_by": actor.name} | _new(home, found, values, publish)
    if fresh is not None:
        fresh.add(columns | {"organisation_id": organisation_id})
        return "created"
    row = model(organisation=home)
    lay(row, columns)
    session.add(row)
    if known is not None:
        known[external_id] = row
    return "created"


def _renew(session: Session, actor: Actor, row: Posting, found: Rules, values: Mapping[str, Any], publish: bool) -> str:
    was = before(row)
    columns = found.read(values, was, row.organisation.name)
    goes_live = publish and row.state == "DRAFT"
    if goes_live:
        _vouched(row.__tablename__, was | columns)
    changed = lay(row, columns)
    if goes_live:
        changed += lay(row, _published(found, row.valid_until))
    if not changed:
        return "unchanged"
    row.changed_by, row.updated_at = actor.name, clock.now()
    audit.record(session, actor, f"{row.__tablename__}:import", row, changed=changed)
    revise(session, actor, row, "import", was, changed)
    return "updated"


def _may_store(actor: Actor, model: type[Posting], organisation_id: int, publish: bool) -> None:
    policy.check(actor, "catalog:import")
    everywhere = actor.has("system", *rights.DESK)
    if not everywhere and actor.organisation_id != organisation_id:
        raise Forbidden(N_("只能导入本单位的内容。"), code="import_other_organisation")
    if publish and not policy.can(actor, "catalog:import_published", model):
        raise Forbidden(N_("您可以导入为草稿，直接发布要由学校技术转移机构或运营方来做。"), code="import_publish")


def _import_rules(session: Session, model: type[Posting], settings: Settings) -> Rules:
    """The rules, made once per session: an import reads thousands of rows in one."""
    name = f"catalog_rules_{model.__tablename__}"
    if name not in session.info:
        session.info[name] = rules(model.__tablename__, lists(session), settings, imported=True)
    found: Rules = session.info[name]
    return found


def _new(home: Organisation, found: Rules, values: Mapping[str, Any], publish: bool) -> dict[str, Any]:
    """Columns of a new imported row: what its organisation says, then the file."""
    if found.kind == "demand":
        start: dict[str, Any] = {"confidentiality": 1} | ({"industry_code": home.industry_code} if home.industry_code else {})
    else:
        start = {"cluster_code": home.cluster_code} if home.cluster_code else {}
        start |= dict.fromkeys(DECLARATIONS, True) if publish else {}
    columns = found.read(start | dict(values), organisation=home.name)
    if publish:
        _vouched(found.kind, columns)
        columns |= _published(found, columns.get("valid_until"))
    return columns


def _vouched(kind: str, columns: Mapping[str, Any]) -> None:
    """Checked before anything is set, so that a refused row leaves the stored one as it was."""
    denied = [name for name in DECLARATIONS if kind == "result" and not columns.get(name)]
    if denied:
        told = N_("这一项为“否”的成果不能直接发布，请改为“是”，或导入为草稿。")
        raise Invalid(fields=dict.fromkeys(denied, told))


def _published(found: Rules, valid_until: date | None) -> dict[str, Any]:
    """What changes when a row the importer vouches for goes live at once."""
    until = valid_until or clock.add_months(clock.today(), found.settings.result_valid_months)
    return {"state": LIVE[found.kind][0], "published_at": clock.now(), "confirmed_at": clock.now(), "valid_until": until}


def open_posting(session: Session, actor: Actor, row: Posting) -> Any:
    """The view of one row; a look at somebody else's confidential layer is logged for its owner."""
    view = policy.reveal(actor, row)
    closer = row.confidentiality >= VERIFIED and view.owner_name  # whoever reads a row of level 2 or more is noted
    if (view.reads or closer) and not view.mine:
        accounts.saw(session, actor, row, row.confidentiality)
    return view


def merged_view(session: Session, actor: Actor, row: Posting) -> Any:
    """The row this one went up in, as the actor may see it."""
    into: Any = session.get(type(row), row.merged_into_id) if row.merged_into_id else None
    return policy.reveal(actor, into) if into is not None else None


def answer_view(session: Session, actor: Actor, row: Posting) -> Any:
    """The result a demand was answered with, for who reads the answer."""
    number = row.answer_result_id if isinstance(row, Demand) and rights.reads(actor, row) else None
    found = session.scalars(policy.visible(actor, Result).where(Result.id == number)).unique().first() if number else None
    return policy.reveal(actor, found) if found is not None else None


def sights(session: Session, actor: Actor, row: Posting) -> list[Sight]:
    """Who looked at the confidential layer, for the owner's eyes."""
    return accounts.sights(session, row) if rights.own(actor, row) else []


def still_sees(session: Session, actor: Actor, row: Posting) -> bool:
    """Whether the row is still there for the actor after a step."""
    return session.scalars(policy.visible(actor, type(row)).where(type(row).id == row.id)).unique().first() is not None


def published(actor: Actor, model: type[Posting]) -> Select[Any]:
    """Live rows the actor may see."""
    return policy.visible(actor, model).where(model.state.in_(LIVE[model.__tablename__]))


def mine(actor: Actor, model: type[Posting], state: str = "") -> Select[Any]:
    """Rows of the actor's organisation; a researcher's own ones."""
    policy.check(actor, "catalog:mine")
    query = select(model).where(model.organisation_id == actor.organisation_id)
    if actor.has("researcher") and not actor.has("tto"):
        query = query.where(model.created_by_id == actor.person_id)
    if state:
        query = query.where(model.state == state)
    return query.order_by(model.updated_at.desc(), model.id.desc())


def just_done(session: Session, actor: Actor, row: Posting, action: str) -> bool:
    """Whether this very step was the last thing that happened to the row, by the same person: a second click."""
    kind = row.__tablename__
    query = select(AuditEvent).where(AuditEvent.subject_kind == kind, AuditEvent.subject_id == row.id)
    last = session.scalars(query.order_by(AuditEvent.id.desc()).limit(1)).first()
    wanted = {f"{kind}:{action}", f"{kind}:publish" if action == "approve" else ""}
    return last is not None and last.person_id == actor.person_id and last.action in wanted


def states_of_mine(session: Session, actor: Actor, model: type[Posting]) -> dict[str, int]:
    """How many of one's own rows are in each state."""
    query = mine(actor, model).order_by(None).with_only_columns(model.state, func.count()).group_by(model.state)
    return dict(session.execute(query).all())


def home(session: Session, actor: Actor) -> Organisation | None:
    """The organisation the actor acts for."""
    return session.get(Organisation, actor.organisation_id) if actor.organisation_id else None


def verify_until(session: Session, ids: Iterable[int], model: type[Posting], settings: Settings) -> dict[int, date]:
    """By when each submitted row should be looked at: working days after it was last submitted."""
    kind = model.__tablename__
    query = select(AuditEvent.subject_id, func.max(AuditEvent.at)).where(
        AuditEvent.subject_kind == kind, AuditEvent.action == f"{kind}:submit", AuditEvent.subject_id.in_(list(ids))
    )
    found = session.execute(query.group_by(AuditEvent.subject_id)).all()
    days = settings.verify_working_days
    return {row_id: clock.add_working_days(clock.local(at).date(), days) for row_id, at in found if row_id}


def waiting_count(actor: Actor) -> Select[Any]:
    """Counts what waits for the actor's approval."""
    model, query = waiting(actor)
    return query.order_by(None).with_only_columns(func.count(model.id))


def waiting(actor: Actor) -> tuple[type[Posting], Select[Any]]:
    """What waits for the actor's approval, oldest first: results of one's school, or demands."""
    policy.check(actor, "catalog:approvals")
    model: type[Posting] = Result if actor.has("tto") else Demand
    query = policy.visible(actor, model).where(model.state == "SUBMITTED")
    if model is Result:
        query = query.where(model.organisation_id == actor.organisation_id)
    return model, query.order_by(model.updated_at, model.id)
