"""How long data of people is kept: topics register what ends when, one periodic job applies it and writes what it did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.config import Settings
from webapp.core import audit, clock
from webapp.core.db import Base, BigId
from webapp.core.policy import SYSTEM

# Rows a rule ends in one run, so that no transaction grows without bound; the rest follows the next day.
MOST = 5000
Apply = Callable[[Session, datetime], int]


class RetentionRun(Base):
    """What one rule did in one run: everything older than `before` ended, so many rows."""

    __tablename__ = "retention_run"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
    rule: Mapped[str] = mapped_column(String(40))
    before: Mapped[datetime]
    ended: Mapped[int]


@dataclass(frozen=True)
class Rule:
    """`setting` names the months a kind of data is kept; `label` says what it is, `what` what happens to it then."""

    name: str
    setting: str
    label: str
    what: str
    apply: Apply


_rules: dict[str, Rule] = {}


def rule(name: str, setting: str, label: str, what: str) -> Callable[[Apply], Apply]:
    """Register a function (session, before) that ends what is older and returns how many rows it ended."""

    def register(function: Apply) -> Apply:
        _rules[name] = Rule(name, setting, label, what, function)
        return function

    return register


def rules() -> list[Rule]:
    """Every registered rule, by name."""
    return [_rules[name] for name in sorted(_rules)]


def cutoff(settings: Settings, found: Rule) -> datetime:
    """The moment before which this kind of data has been kept long enough."""
    months = int(getattr(settings, found.setting))
    day = clock.add_months(clock.today(), -months)
    return clock.local(clock.now()).replace(year=day.year, month=day.month, day=day.day)


def run(session: Session, settings: Settings, found: Rule) -> int:
    """Apply one rule and write what it did; a run that ended nothing is written too."""
    before = cutoff(settings, found)
    ended = found.apply(session, before)
    session.add(RetentionRun(rule=found.name, before=before, ended=ended))
    if ended:
        audit.record(session, SYSTEM, "retention:apply", None, rule=found.name, before=before.date().isoformat(), ended=ended)
    return ended
