"""The rule of each field of a result and a demand, once: label, help, reader, and what must hold between fields."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webapp.catalog import reading, values
from webapp.catalog.disclosure import core
from webapp.catalog.fields_base import DEFAULTS, Entry, Field, Lists
from webapp.catalog.fields_demand import demand_fields
from webapp.catalog.fields_result import result_fields
from webapp.catalog.quantities import Price, WrongRows
from webapp.catalog.reading import Wrong
from webapp.config import Settings
from webapp.core.errors import N_, Invalid

__all__ = ["DEFAULTS", "Entry", "Field", "Lists", "Rules", "demand_fields", "result_fields", "rules"]


@dataclass(frozen=True)
class Rules:
    """All rules of one kind of posting under the present lists and settings."""

    kind: str
    fields: Mapping[str, Field]
    settings: Settings = DEFAULTS

    @property
    def params(self) -> dict[str, Any]:
        """What the sentences of these rules quote."""
        found = self.settings
        return {"text_max": found.text_max, "trial_cap": found.trial_months_cap, "least_trl": found.use_first_least_trl}

    def read(self, given: Mapping[str, Any], before: Mapping[str, Any] | None = None, organisation: str = "") -> dict[str, Any]:
        """Column values from what was given, laid over `before`; every broken rule is told at its field at once."""
        unknown = set(given) - set(self.fields)
        if unknown:
            raise TypeError(f"no such field: {', '.join(sorted(unknown))}")
        found: dict[str, Any] = {}
        wrong: dict[str, str] = {}
        for name, value in given.items():
            try:
                found |= _columns(name, self.fields[name].read(value))
            except Wrong as error:
                wrong |= {name: error.sentence} | _rows(name, error)
        for name, rule in self.fields.items():
            if rule.missing and not (found.get(name) or (before or {}).get(name)) and name not in wrong:
                wrong[name] = rule.missing
        if not wrong:
            found, wrong = _together(self.kind, found, before or {}, organisation, self.settings)
        if wrong:
            raise Invalid(fields=wrong, **self.params)
        return found


def rules(kind: str, lists: Lists, settings: Settings = DEFAULTS, imported: bool = False) -> Rules:
    """The rules of `result` or `demand`; imported rows keep the first ten of many keywords instead of being refused."""
    found = (result_fields if kind == "result" else demand_fields)(lists, settings)
    if imported:
        found["keywords"] = dataclasses.replace(found["keywords"], read=reading.first_keywords)
    return Rules(kind, found, settings)


def _columns(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, Price):
        return {"price_kind": value.kind, "price_min_fen": value.min_fen, "price_max_fen": value.max_fen}
    return {name: value}


def _rows(name: str, error: Wrong) -> dict[str, str]:
    return {f"{name}-{row}": sentence for row, sentence in error.rows.items()} if isinstance(error, WrongRows) else {}


def _together(
    kind: str, found: dict[str, Any], before: Mapping[str, Any], organisation: str, settings: Settings
) -> tuple[dict[str, Any], dict[str, str]]:
    """What must hold between fields; may complete what follows from others."""
    if kind == "result":
        found = _completed(found, before, settings)
        return found, _result_wrong({**before, **found}, settings)
    return found, _demand_wrong({**before, **found}, organisation)


def _completed(found: dict[str, Any], before: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """A missing stage follows from the level; the offer and the mode 先使用后付费 go together."""
    out = dict(found)
    whole = {**before, **found}
    if whole.get("trl") and not whole.get("stage"):
        out["stage"] = values.stage_for(whole["trl"])
    modes = list(whole.get("modes") or ())
    if "use_first_offered" not in found and "USE_FIRST" in found.get("modes", ()):
        out["use_first_offered"] = True
    offered = out.get("use_first_offered", whole.get("use_first_offered"))
    if bool(offered) != ("USE_FIRST" in modes):
        wanted = {*modes, "USE_FIRST"} if offered else {*modes} - {"USE_FIRST"}
        out["modes"] = [code for code in values.MODES if code in wanted]
    if offered and not whole.get("trial_months"):
        out["trial_months"] = settings.trial_months
    return out


def _result_wrong(whole: Mapping[str, Any], settings: Settings) -> dict[str, str]:
    wrong: dict[str, str] = {}
    trl, stage = whole.get("trl"), whole.get("stage")
    if trl and stage and not values.STAGE_TRL[stage][0] <= trl <= values.STAGE_TRL[stage][1]:
        wrong["trl"] = N_("成熟度和阶段对不上：概念、实验室 1–3，小试 4–5，中试 6–7，小批量 7–8，产业化 8–9。")
    if whole.get("use_first_offered") and (trl or 0) < settings.use_first_least_trl:
        wrong["trl"] = N_("提供先使用后付费，成熟度要填，并且不低于 TRL %(least_trl)s。")
    if (start := whole.get("research_from")) and (end := whole.get("research_to")) and start > end:
        wrong["research_to"] = N_("研究结束要在研究开始之后。")
    if whole.get("confidentiality") == values.ANONYMOUS:
        wrong["confidentiality"] = N_("成果不能匿名公开，请选公开、实名可见、签保密后可见或仅经纪人。")
    return wrong


def _demand_wrong(whole: Mapping[str, Any], organisation: str) -> dict[str, str]:
    """An anonymous demand must not name its company in what everybody reads."""
    if whole.get("confidentiality") != values.ANONYMOUS or not organisation:
        return {}
    short = core(organisation)
    names = {reading.fold(organisation), reading.fold(short) if len(short) >= 4 else ""}
    told = N_("这里写了单位名称，而保密级是“匿名公开”。请改写，或另选保密级。")
    shown = {"title": whole.get("title"), "summary": whole.get("summary"), "keywords": " ".join(whole.get("keywords") or ())}
    shown |= {"targets": " ".join(str(row) for row in whole.get("targets") or ()), "location": whole.get("location")}
    return {name: told for name, text in shown.items() if any(n and n in reading.fold(text or "") for n in names)}
