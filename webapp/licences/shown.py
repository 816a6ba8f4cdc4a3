"""A licence in the reader's words: labels of codes, its clock, its nine stages and its line of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from webapp.core import clock, filters
from webapp.core.errors import N_
from webapp.core.languages import translate
from webapp.licences import papers, values, wording
from webapp.licences.states import INSTALMENT, LICENCE
from webapp.licences.views import LicenceView, Line, Stage

LISTS: dict[str, dict[str, str]] = {
    "state": LICENCE.states, "act": wording.ACTS, "event": wording.EVENTS | wording.PLANS, "stage": wording.STAGES,
    "part": values.PARTS, "tier": values.TIERS, "size_class": values.SIZE_CLASSES, "indicator": values.INDICATORS,
    "unit": values.UNITS, "model": values.PAYMENT_MODELS, "trigger": values.TRIGGERS, "security": values.SECURITIES,
    "instalment": INSTALMENT.states, "notice": values.NOTICE_STATES, "day_type": values.DAY_TYPES,
    "decision": values.DECISIONS, "challenged": values.CHALLENGED, "rule": values.TRIGGER_RULES, "conversion": values.CONVERSIONS,
    "stage_of_default": values.DEFAULT_STAGES, "suspend_reason": values.SUSPEND_REASONS, "cause": values.SUSPEND_CAUSES,
    "end_reason": values.END_REASONS, "co_owners": values.CO_OWNERS, "pledge": values.PLEDGES, "about": values.NOTICE_ABOUT,
    "group": values.PORTFOLIO, "calendar": values.CALENDAR, "settlement": values.SETTLEMENTS, "payer": values.PAYERS,
    "kind": values.INSTALMENT_KINDS, "base": values.ROYALTY_BASES, "royalty_period": values.ROYALTY_PERIODS, "amount": values.AMOUNTS,
    "four": values.FOUR_SUMS, "sharer": values.SHARERS, "distribution": values.DISTRIBUTION_STATES, "bank": values.BANK_STATES,
    "fault": values.BANK_FAULTS, "method": values.SIGN_METHODS, "filing": values.FILING_KINDS, "filing_state": values.FILING_STATES,
    "filing_act": values.FILING_ACTS, "paper": papers.KINDS,
}  # fmt: skip


@dataclass(frozen=True)
class Words:
    """Everything a licence page says that is not its own text, in one language."""

    language: str

    def _(self, sentence: str, **params: Any) -> str:
        return translate(self.language, sentence, **params)

    def labels(self) -> dict[str, dict[str, str]]:
        """The words for codes."""
        return {name: {code: self._(label) for code, label in pairs.items()} for name, pairs in LISTS.items()}

    def next_step(self, view: LicenceView) -> tuple[str, str]:
        """What comes next, and what happens if nobody does it."""
        headline, consequence = wording.SITUATIONS[view.situation]
        for (situation, clause, agreed), instead in wording.BY_CLAUSE.items():
            if situation == view.situation and view.clauses.get(clause) == agreed:
                consequence = instead
        return self._(headline), self._(consequence)

    def clock(self, view: LicenceView) -> tuple[str, str]:
        """How the clock of a licence is shown: its look and its words."""
        if view.final or view.due_on is None:
            return "done", self._(N_("已办结"))
        left = (view.due_on - clock.today()).days
        if left < 0:
            return "late", self._(N_("逾期 %(n)s 天"), n=-left)
        if not view.mine and view.awaits not in {(), ("system",)}:
            who = self._(N_("、")).join(self._(values.PARTS[part]) for part in view.awaits)
            return "wait", self._(N_("等%(who)s，还有 %(n)s 天"), who=who, n=left)
        words = self._(N_("还有 %(n)s 天"), n=left) if left else self._(N_("今天到期"))
        return ("soon" if left <= 3 else "normal"), words

    def stages(self, view: LicenceView) -> list[dict[str, str]]:
        """The nine stages with their days: when done, how far, or when expected."""
        return [
            {"label": self._stage_label(s.code, view), "state": "" if s.look == "future" else s.look, "note": self._stage_note(s, view)}
            for s in view.stages
        ]

    def _stage_label(self, code: str, view: LicenceView) -> str:
        if code == "TRIAL":
            return self._(N_("试用 %(n)s 个月"), n=view.trial_months)
        return self._(wording.STAGES[code])

    def _stage_note(self, stage: Stage, view: LicenceView) -> str:
        if stage.day:
            return self._day(stage.day)
        if stage.code == "TRIAL" and stage.look == "now" and view.trial_start:
            return self._(N_("第 %(n)s 天"), n=(clock.today() - view.trial_start).days + 1)
        if stage.code == "EVALUATE" and stage.look == "future" and view.trial_end:
            return self._day(view.trial_end)
        return ""

    def _day(self, day: date) -> str:
        return filters.day(day, self.language)

    def timeline(self, view: LicenceView) -> list[dict[str, Any]]:
        """Planned and past in one line of time, the latest first, with today between them."""
        today = clock.today()
        ahead = [self._line(line) for line in view.timeline if line.future and line.at >= today]
        late = [self._line(line) for line in view.timeline if line.future and line.at < today]
        if ahead or late:
            title = self._(wording.SITUATIONS[view.situation][0])
            ahead.append({"when": self._(N_("今天")), "iso": today.isoformat(), "title": title, "state": "today"})
        return ahead + late + [self._line(line) for line in view.timeline if not line.future]

    def _line(self, line: Line) -> dict[str, Any]:
        label = (wording.PLANS if line.future else wording.EVENTS).get(line.action, line.action)
        role = self._(values.PARTS[line.role]) if line.role in values.PARTS else ""
        return {
            "when": line.at.isoformat(), "iso": line.at.isoformat(), "title": self._(label), "text": line.reason or self._facts(line),
            "who": " ".join(filter(None, (role, line.who))), "state": "future" if line.future else "",
        }  # fmt: skip

    def _facts(self, line: Line) -> str:
        if "position" not in line.facts:
            return ""
        if "amount_fen" not in line.facts:
            return self._(N_("第 %(n)s 期"), n=line.facts["position"])
        return self._(N_("第 %(n)s 期，%(yuan)s 元"), n=line.facts["position"], yuan=filters.yuan(line.facts["amount_fen"]))
