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
from webapp.catalog.documents import access_tokens, match_document, search_document, search_documents
from webapp.catalog.fields import DEFAULTS, Entry, Lists, Rules, rules
from webapp.catalog.models import Classification, Cluster, Demand, Indicator, Result, Target
from webapp.catalog.policy import DECLARATIONS, Posting
from webapp.catalog.quantities import Quantity, same
from webapp.catalog.states import LIVE
from webapp.catalog.verbs import act, advance, check_version, declared, in_time
from webapp.config import Settings
from webapp.core import audit, clock, policy
from webapp.core.audit import AuditEvent
from webapp.core.errors import N_, Forbidden, Invalid
from webapp.core.policy import Actor

__all__ = [
    "access_tokens", "act", "advance", "edit", "edit_demand", "edit_result", "lists", "match_document", "mine", "open_posting",
    "post_demand", "post_result", "published", "search_document", "search_documents", "sights", "store", "stored", "waiting",
]  # fmt: skip

Row = TypeVar("Row", Result, Demand)
FIGURES: dict[str, tuple[str, type[Indicator] | type[Target]]] = {"result": ("indicators", Indicator), "demand": ("targets", Target)}


def lists(session: Session) -> Lists:
    """Names of industries, fields, circles and institutions; only entries valid today may be chosen."""
    today = clock.today()
    found: dict[str, dict[str, Entry]] = {"industry": {}, "field": {}}
    query = select(Classification).where(Classification.scheme.in_(found)).order_by(Classification.version, Classification.position)
    for row in session.scalars(query):
        current = (row.valid_from is None or row.valid_from <= today) and (row.valid_to is None or row.valid_to >= today)
        known = found[row.scheme].pop(row.code, None)
        if current or known is None or not known.current:
            known = Entry(row.code, row.zh, row.en, row.parent, current)
        found[row.scheme][row.code] = known
    clusters = session.scalars(select(Cluster).order_by(Cluster.position, Cluster.code))
    schools = session.scalars(select(Organisation).where(Organisation.kind == "SCHOOL").order_by(Organisation.id))
    return Lists(
        industry=found["industry"],
        field=found["field"],
        cluster={row.code: Entry(row.code, row.short_zh or row.zh, row.short_en or row.en) for row in clusters},
        institution={str(row.id): Entry(str(row.id), row.name, row.name_en) for row in schools},
    )


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
    if submission and (first := _submitted(session, actor, model, submission)):
        return first
    home = session.get_one(Organisation, actor.organisation_id)
    start = {"cluster_code": home.cluster_code} if model is Result else {"industry_code": home.industry_code, "confidentiality": 1}
    given = {name: value for name, value in start.items() if value is not None} | dict(values)
    columns = rules(model.__tablename__, lists(session), settings).read(given, organisation=home.name)
    row = model(state="DRAFT", organisation=home, created_by_id=actor.person_id, submission=submission)
    _lay(row, columns)
    row.changed_by = actor.name
    return _insert(session, actor, row)


def _insert(session: Session, actor: Actor, row: Row) -> Row:
    """Two clicks may arrive together: the database's unique key decides, and the second gets the first row."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        first = _submitted(session, actor, type(row), row.submission or "")
        if first is None:
            raise
        return first
    audit.record(session, actor, f"{row.__tablename__}:post", row)
    return row


def _submitted(session: Session, actor: Actor, model: type[Row], submission: str) -> Row | None:
    query: Select[Any] = select(model).where(model.submission == submission, model.created_by_id == actor.person_id)
    found: Row | None = session.scalars(query).unique().first()
    return found


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
    found = rules(row.__tablename__, lists(session), settings)
    changed = _lay(row, found.read(values, before(row), row.organisation.name))
    if not changed:
        return []
    row.changed_by, row.updated_at = actor.name, clock.now()
    if row.state in LIVE[row.__tablename__]:
        declared(actor, row)
        in_time(actor, row)
        row.confirmed_at = clock.now()
        notices.tell_of_change(session, actor, row)
    audit.record(session, actor, f"{row.__tablename__}:edit", row, changed=changed)
    session.flush()
    return changed


def before(row: Posting) -> dict[str, Any]:
    """The row's present values, as the rules between fields compare them."""
    list_name, _ = FIGURES[row.__tablename__]
    columns = {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs}
    return columns | {list_name: quantities(row)}


def quantities(row: Posting) -> list[Quantity]:
    """The row's figures as read values."""
    stored_ = row.indicators if isinstance(row, Result) else row.targets
    return [Quantity(f.name, f.comparison, f.value, f.value_max, f.unit, bool(getattr(f, "must", False))) for f in stored_]


def _lay(row: Posting, columns: Mapping[str, Any]) -> list[str]:
    """Set what differs and say what did; equal values leave the row untouched."""
    list_name, model = FIGURES[row.__tablename__]
    changed = []
    for name, value in columns.items():
        if name == list_name:
            if not same(getattr(row, name), value):
                setattr(row, name, [_figure(model, place, quantity) for place, quantity in enumerate(value)])
                changed.append(name)
        elif getattr(row, name) != value:
            setattr(row, name, value)
            changed.append(name)
    return changed


def _figure(model: type[Indicator] | type[Target], position: int, read: Quantity) -> Indicator | Target:
    figure = model(position=position, name=read.name, comparison=read.comparison, value=read.value, value_max=read.value_max, unit=read.unit)
    if isinstance(figure, Target):
        figure.must = read.must
    return figure


def stored(session: Session, model: type[Posting], source: str, external_ids: Iterable[str]) -> dict[str, Posting]:
    """Rows of a source by their outer number, to be handed to `store` as `known` when many follow."""
    query: Select[Any] = select(model).where(model.source == source, model.external_id.in_(list(external_ids)))
    return {str(row.external_id): row for row in session.scalars(query).unique()}


def store(
    session: Session, actor: Actor, model: type[Posting], organisation_id: int, source: str, external_id: str,
    values: Mapping[str, Any], publish: bool, *, known: dict[str, Posting] | None = None, settings: Settings = DEFAULTS,
    author_id: int | None = None, is_example: bool = False,
) -> str:  # fmt: skip
    """Create or update the row with this outer number: "created", "updated", or "unchanged" without touching it.

    `publish` says the importer vouches for the rows: they are live at once, with a result's declarations taken as given
    unless a column denies one. Without it they stay drafts. A row somebody withdrew is updated but not published again.
    """
    _may_store(actor, model, organisation_id, publish)
    row = known.get(external_id) if known is not None else stored(session, model, source, [external_id]).get(external_id)
    if row is not None and row.organisation.id != organisation_id:
        raise Invalid(fields={"external_id": N_("这个编号已被别的单位导入过，请换一个编号。")})
    home = session.get_one(Organisation, organisation_id)
    found = _import_rules(session, model, settings)
    if row is None:
        row = model(state="DRAFT", source=source, external_id=external_id, created_by_id=author_id or actor.person_id, is_example=is_example)
        _fill(row, home, found, values, publish)
        row.changed_by = actor.name
        session.add(row)
        if known is not None:
            known[external_id] = row
        return "created"
    return _renew(session, actor, row, found, values, publish)


def _renew(session: Session, actor: Actor, row: Posting, found: Rules, values: Mapping[str, Any], publish: bool) -> str:
    was = before(row)
    columns = found.read(values, was, row.organisation.name)
    goes_live = publish and row.state == "DRAFT"
    if goes_live:
        _vouched(row.__tablename__, was | columns)
    changed = _lay(row, columns)
    if goes_live:
        _publish(row, found.settings)
        changed.append("state")
    if not changed:
        return "unchanged"
    row.changed_by, row.updated_at = actor.name, clock.now()
    audit.record(session, actor, f"{row.__tablename__}:import", row, changed=changed)
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


def _fill(row: Posting, home: Organisation, found: Rules, values: Mapping[str, Any], publish: bool) -> None:
    """A new imported row: what its organisation says, then the file; nothing is attached to the session if that fails."""
    if isinstance(row, Demand):
        start: dict[str, Any] = {"confidentiality": 1} | ({"industry_code": home.industry_code} if home.industry_code else {})
    else:
        start = {"cluster_code": home.cluster_code} if home.cluster_code else {}
        start |= dict.fromkeys(DECLARATIONS, True) if publish else {}
    columns = found.read(start | dict(values), organisation=home.name)
    if publish:
        _vouched(row.__tablename__, columns)
    _lay(row, columns)
    row.organisation = home
    if publish:
        _publish(row, found.settings)


def _vouched(kind: str, columns: Mapping[str, Any]) -> None:
    """Checked before anything is set, so that a refused row leaves the stored one as it was."""
    denied = [name for name in DECLARATIONS if kind == "result" and not columns.get(name)]
    if denied:
        told = N_("这一项为“否”的成果不能直接发布，请改为“是”，或导入为草稿。")
        raise Invalid(fields=dict.fromkeys(denied, told))


def _publish(row: Posting, settings: Settings) -> None:
    """A row the importer vouches for goes live at once."""
    row.state = LIVE[row.__tablename__][0]
    row.published_at = row.confirmed_at = clock.now()
    if row.valid_until is None:
        row.valid_until = clock.add_months(clock.today(), settings.result_valid_months)


def open_posting(session: Session, actor: Actor, row: Posting) -> Any:
    """The view of one row; a look at somebody else's confidential layer is logged for its owner."""
    view = policy.reveal(actor, row)
    if view.reads and not view.mine:
        accounts.saw(session, actor, row, row.confidentiality)
    return view


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


def waiting(actor: Actor) -> tuple[type[Posting], Select[Any]]:
    """What waits for the actor's approval, oldest first: results of one's school, or demands."""
    policy.check(actor, "catalog:approvals")
    model: type[Posting] = Result if actor.has("tto") else Demand
    query = policy.visible(actor, model).where(model.state == "SUBMITTED")
    if model is Result:
        query = query.where(model.organisation_id == actor.organisation_id)
    return model, query.order_by(model.updated_at, model.id)
