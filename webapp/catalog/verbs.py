"""What happens to a result or a demand step by step: guards, the lifecycle, its effects, the audit and the notices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy.orm import Session

from webapp.catalog import notices, policy, secrecy
from webapp.catalog.fields import DEFAULTS
from webapp.catalog.models import Demand, Result
from webapp.catalog.policy import DECLARATIONS, Posting
from webapp.catalog.reading import without_controls
from webapp.catalog.states import LIFECYCLES, NOTE_NEEDED
from webapp.config import Settings
from webapp.core import audit, clock
from webapp.core.errors import N_, Forbidden, Invalid, Stale
from webapp.core.policy import SYSTEM, Actor

Guard = Callable[[Actor, Posting], None]
NOTE_MOST = 2000
RECORDED = frozenset({"revoke", "approve"})  # steps whose note stays in the record of events
DECLARE = {
    "non_secret": N_("发布前请确认内容不涉及国家秘密。"),
    "ownership_clear": N_("发布前请确认权属清楚、没有争议。"),
    "inventors_agree": N_("发布前请确认完成人都同意发布。"),
}


def act(
    session: Session, actor: Actor, row: Posting, action: str, note: str = "", *,
    version: int | None = None, settings: Settings = DEFAULTS, facts: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Take one step of the lifecycle; `version` is the one the person looked at, so that nobody approves unseen words.

    `facts` are columns the step sets besides, such as how a demand was verified.
    """
    check_version(row, version)
    lifecycle, before = LIFECYCLES[row.__tablename__], row.state
    after = lifecycle.step(SimpleNamespace(state=before), action, policy.parts(actor, row)).target
    note = _note(action, note)
    for guard in GUARDS.get(action, ()):
        guard(actor, row)
    if action in {"approve", "verify"}:
        looked_into(row, note)
    row.state, row.changed_by = after, actor.name
    _effects(row, action, note, settings)
    for name, value in (facts or {}).items():
        setattr(row, name, value)
    told = {"note": note} if note and action in RECORDED else {}
    audit.record(session, actor, f"{row.__tablename__}:{action}", row, before=before, after=after, **told)
    session.flush()
    if action == "approve":
        act(session, actor, row, "publish", settings=settings)
    notices.tell(session, actor, row, action)


def advance(session: Session, row: Posting, action: str, actor: Actor = SYSTEM) -> bool:
    """Take a step other topics cause if the state allows it now; False when it does not, so that a repeat is harmless."""
    move = LIFECYCLES[row.__tablename__].move(row.state, action)
    if move is None or not policy.parts(actor, row) & set(move.who):
        return False
    act(session, actor, row, action)
    return True


def check_version(row: Posting, version: int | None) -> None:
    """Refuse work on a row that somebody changed after it was opened."""
    if version is not None and version != row.version:
        if row.changed_by:
            raise Stale(who=row.changed_by)
        raise Stale(N_("您打开之后，这条内容已经有改动。您输入的内容还在下面，请对照后再保存。"))


def _note(action: str, note: str) -> str:
    found = without_controls(note).strip()
    if len(found) > NOTE_MOST:
        raise Invalid(fields={"note": N_("说明最多 2000 个字，请精简。")})
    if not found and action in NOTE_NEEDED:
        raise Invalid(N_("请写明原因或核实方式，对方会看到。"), fields={"note": N_("请写明原因或核实方式，对方会看到。")})
    return found


def declared(_actor: Actor, row: Posting) -> None:
    """A result is published only with its three declarations; each is told at its field."""
    wrong = {name: DECLARE[name] for name in DECLARATIONS if isinstance(row, Result) and not getattr(row, name)}
    if wrong:
        raise Invalid(fields=wrong)


def complete(_actor: Actor, row: Posting) -> None:
    """What is handed in says what it is about; a demand also until when."""
    wrong: dict[str, str] = {}
    if not row.summary:
        wrong["summary"] = N_("提交前请写公开摘要。")
    if isinstance(row, Demand) and row.deadline is None:
        wrong["deadline"] = N_("提交前请填截止日期。")
    if wrong:
        raise Invalid(fields=wrong)


def not_secret(_actor: Actor, row: Posting) -> None:
    """What carries a mark of classification is not even handed in."""
    if found := secrecy.marks(secrecy.texts(row)):
        raise Invalid(secrecy.MARKED, code="classified", mark=found[0])


def looked_into(row: Posting, note: str) -> None:
    """Words that may point to a secret, and matters under special rules, are approved only with a word on how they were checked."""
    if not note and (found := secrecy.checks(row)):
        raise Invalid(secrecy.LOOK_INTO, code="look_into", what="、".join(found))


def in_force(_actor: Actor, row: Posting) -> None:
    """A result stands on rights that hold."""
    lapsed = [right for right in row.ip_rights if policy.over(right)] if isinstance(row, Result) else []
    if lapsed:
        told = N_("有知识产权已失效、到期或欠缴年费，请先更新它的法律状态或年费日期，再发布。")
        raise Invalid(told, fields={"ip_rights": told}, code="rights_lapsed")


def in_time(_actor: Actor, row: Posting) -> None:
    """A deadline that has passed is moved first."""
    if isinstance(row, Demand) and row.deadline is not None and row.deadline < clock.today():
        raise Invalid(N_("截止日期已过，请先改成以后的日期。"), fields={"deadline": N_("截止日期已过，请先改成以后的日期。")})


def second_person(actor: Actor, row: Posting) -> None:
    """Who wrote or submitted something never approves it."""
    if actor.person_id in policy.authors(row):
        raise Forbidden(N_("提交和审核要由两个人来做，请让同事审核。"), code="two_persons")


GUARDS: dict[str, tuple[Guard, ...]] = {
    "submit": (complete, declared, not_secret, in_time),
    "approve": (second_person, declared, not_secret, in_force),
    "verify": (second_person, not_secret, in_time),
    "publish": (declared, not_secret, in_force),
    "resume": (declared, not_secret, in_force, in_time),
    "confirm": (in_time,),
    "renew": (declared, not_secret, in_force, in_time),
}


def _effects(row: Posting, action: str, note: str, settings: Settings) -> None:
    """Dates and notes that belong to a step."""
    moment = clock.now()
    if action in {"publish", "verify", "confirm", "renew", "resume"}:
        row.published_at = row.published_at or moment
        row.confirmed_at, row.paused_for = moment, ""
        row.reminded_at = row.reminded_at if action == "confirm" and _ends_soon(row, settings) else None
        row.valid_until = _valid_until(row, action, settings)
    if action in {"return", "revoke"}:
        row.returned_note = note
    elif action in {"submit", "publish", "verify"}:
        row.returned_note = ""
    elif action == "reopen":
        row.published_at = None
    if action in {"reopen", "submit", "contest"}:
        row.merged_into_id, row.reminded_at = None, None
    if isinstance(row, Demand) and action == "verify":
        row.verified_at, row.verified_note = moment, note
    if isinstance(row, Demand) and action == "answer":
        row.answer_note = note
    elif isinstance(row, Demand) and action == "contest":
        row.returned_note = note


def _ends_soon(row: Posting, settings: Settings) -> bool:
    """Whether the deadline a confirmation does not move is so near that its owner has been asked already."""
    return isinstance(row, Demand) and row.deadline is not None and row.deadline <= clock.today() + timedelta(days=settings.remind_days)


def _valid_until(row: Posting, action: str, settings: Settings) -> date:
    """The usual term from today; a first publication keeps a shorter or longer one that was asked for."""
    today = clock.today()
    asked = row.valid_until if action in {"publish", "verify", "resume"} else None
    return asked if asked is not None and asked >= today else clock.add_months(today, settings.result_valid_months)
