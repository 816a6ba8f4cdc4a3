"""How each person wants to be told: at once, in one mail a day or in the app alone, and in which hours not at all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.core import audit, clock
from webapp.core.errors import N_, Invalid
from webapp.core.policy import Actor
from webapp.messages.kinds import SENTENCES
from webapp.messages.models import Preference
from webapp.messages.values import APP, NOW, WAYS

HOURS = range(24)


def of(session: Session, person_id: int) -> Preference:
    """A person's preferences; an unsaved row with the usual ones for somebody who never changed any."""
    found = session.scalars(select(Preference).where(Preference.person_id == person_id)).one_or_none()
    return found or Preference(person_id=person_id, usual=NOW, ways={}, digest_hour=8)


def of_all(session: Session, ids: Iterable[int]) -> dict[int, Preference]:
    """Preferences of those who have changed any."""
    rows = session.scalars(select(Preference).where(Preference.person_id.in_(list(ids))))
    return {row.person_id: row for row in rows}


def way(preference: Preference | None, kind: str) -> str:
    """How a notice of this kind goes to somebody."""
    if preference is None:
        return NOW
    chosen = preference.ways.get(kind) or preference.usual
    return chosen if chosen in WAYS else NOW


def quiet_until(preference: Preference | None, moment: datetime) -> datetime | None:
    """The end of the quiet hours `moment` falls into, in Shanghai time; None when mail may go."""
    if preference is None or preference.quiet_from is None or preference.quiet_until is None:
        return None
    start, end, local = preference.quiet_from, preference.quiet_until, clock.local(moment)
    inside = start <= local.hour < end if start < end else local.hour >= start or local.hour < end
    if start == end or not inside:
        return None
    day = local.date() + timedelta(days=1 if local.hour >= end else 0)
    return datetime.combine(day, time(end), clock.ZONE)


def save(session: Session, actor: Actor, data: dict[str, Any]) -> Preference:
    """Store what somebody chose on the page; rubbish is told at its field."""
    checked = _checked(data)
    row = _own(session, actor.person_id)
    for name, value in checked.items():
        setattr(row, name, value)
    session.flush()
    audit.record(session, actor, "notice:preferences", row)
    return row


def stop(session: Session, person_id: int, kind: str, actor: Actor) -> None:
    """No more mail of this kind, asked for by the link in a mail; the notice in the app stays."""
    row = _own(session, person_id)
    row.ways = row.ways | {kind: APP}
    session.flush()
    audit.record(session, actor, "notice:stop", row, kind=kind)


def _own(session: Session, person_id: int | None) -> Preference:
    found = session.scalars(select(Preference).where(Preference.person_id == person_id)).one_or_none()
    if found is None:
        found = Preference(person_id=person_id, usual=NOW, ways={}, digest_hour=8)
        session.add(found)
    return found


def _checked(data: dict[str, Any]) -> dict[str, Any]:
    faults: dict[str, str] = {}
    usual = str(data.get("usual") or "")
    if usual not in WAYS:
        faults["usual"] = N_("请选一种方式。")
    ways = {kind: chosen for kind, chosen in (data.get("ways") or {}).items() if kind in SENTENCES and chosen in WAYS}
    hours = {name: _hour(data.get(name)) for name in ("digest_hour", "quiet_from", "quiet_until")}
    for name, hour in hours.items():
        if hour == -1:
            faults[name] = N_("请填 0 到 23 的整点。")
    if (hours["quiet_from"] is None) != (hours["quiet_until"] is None):
        faults["quiet_until"] = N_("请把免打扰的开始和结束都填上，或都留空。")
    if faults:
        raise Invalid(fields=faults)
    return hours | {"usual": usual, "ways": ways, "digest_hour": 8 if hours["digest_hour"] is None else hours["digest_hour"]}


def _hour(value: Any) -> int | None:
    """An hour of the day, None for nothing, -1 for anything else."""
    text = str(value if value is not None else "").strip()
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and int(text) in HOURS else -1
