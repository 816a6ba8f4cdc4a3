"""The rule of each field of a result and a demand, once: label, help, reader, and what must hold between fields."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from webapp.catalog import reading, values
from webapp.catalog.quantities import Price, WrongRows, figures, price
from webapp.catalog.reading import Reader, Wrong
from webapp.config import Settings
from webapp.core.errors import N_, Invalid

DEFAULTS = Settings()
NOT_LISTED = N_("列表里没有这一项，请从列表中选，或留空。")


class Entry(NamedTuple):
    """One entry of a list: its names, its group, and whether it may still be chosen."""

    code: str
    zh: str
    en: str
    group: str = ""
    current: bool = True


@dataclass(frozen=True)
class Lists:
    """Names of classifications, circles and institutions by code, in list order; old entries keep their names."""

    industry: Mapping[str, Entry] = dataclasses.field(default_factory=dict)
    field: Mapping[str, Entry] = dataclasses.field(default_factory=dict)
    cluster: Mapping[str, Entry] = dataclasses.field(default_factory=dict)
    institution: Mapping[str, Entry] = dataclasses.field(default_factory=dict)

    def name(self, scheme: str, code: str | None, language: str = "zh_CN") -> str:
        """The name of a code in a language; the code itself when the list does not know it."""
        entry: Entry | None = getattr(self, scheme).get(code or "")
        return (entry.en or entry.zh if language == "en" else entry.zh) if entry else code or ""

    def choices(self, scheme: str, language: str = "zh_CN") -> list[tuple[str, str]]:
        """(code, name) of the entries that may still be chosen."""
        return [(code, self.name(scheme, code, language)) for code, entry in getattr(self, scheme).items() if entry.current]

    def reader(self, scheme: str) -> Reader:
        """Reads a code, Chinese or English name of this list."""
        names = {code: (entry.zh, entry.en) for code, entry in getattr(self, scheme).items()}
        return reading.choice(names, NOT_LISTED)


@dataclass(frozen=True)
class Field:
    """One field: its label and help for people, how it is read, and the sentence when it is missing (empty: optional)."""

    label: str
    read: Reader
    help: str = ""
    missing: str = ""


def _named(codes: Mapping[str, str], aliases: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    return {code: (name, *aliases.get(code, ())) for code, name in codes.items()}


def _level(value: Any) -> int:
    names = _named({str(level): name for level, name in values.CONFIDENTIALITY.items()}, values.LEVEL_ALIASES)
    code = reading.choice(names, N_("保密级请从列表里选。"))(reading.plain(value) or None)
    if code is None:
        raise Wrong(N_("请选择保密级。"))
    return int(code)


def _common(lists: Lists, text_max: int) -> dict[str, Field]:
    long = N_("最多 %(text_max)s 个字，请精简，或改成附件。")
    return {
        "title": Field(N_("名称"), reading.line(200, N_("名称最多 200 个字。")), N_("一句话说清是什么、用在哪里。"), N_("请填写名称。")),
        "summary": Field(N_("公开摘要"), reading.text(text_max, long), N_("写清用途、做到什么程度、在哪里试过、还差什么。")),
        "details": Field(N_("详细内容（受控）"), reading.text(text_max, long), N_("只给有权限的人看；参与匹配计算，但不会被引用。")),
        "keywords": Field(N_("关键词"), reading.keywords, N_("最多 10 个，用“；”或“、”隔开。")),
        "field_code": Field(N_("技术领域"), lists.reader("field")),
        "industry_code": Field(N_("适用产业"), lists.reader("industry")),
        "cluster_code": Field(N_("创新圈"), lists.reader("cluster")),
        "modes": Field(
            N_("合作方式"), reading.choices(_named(values.MODES, values.MODE_ALIASES), N_("合作方式里有列表之外的内容，请从列表中选。"))
        ),
        "confidentiality": Field(N_("保密级"), _level),
        "contact": Field(N_("联系方式（不公开）"), reading.line(200, N_("联系方式最多 200 个字。")), N_("只给技术经纪人和双方同意后的对方看。")),
        "valid_until": Field(N_("有效期至"), reading.day),
    }


def result_fields(lists: Lists, settings: Settings = DEFAULTS) -> dict[str, Field]:
    """Fields of a result, in the order of the form."""
    cap = settings.trial_months_cap
    return _common(lists, settings.text_max) | {
        "price": Field(N_("参考价"), price, N_("例：面议、80万、50-120万元。")),
        "department": Field(N_("学院或部门"), reading.line(120, N_("学院或部门最多 120 个字。"))),
        "lead": Field(N_("第一完成人"), reading.line(80, N_("第一完成人最多 80 个字。"))),
        "form": Field(N_("成果形式"), _or_empty(reading.choice(_named(values.FORMS, values.FORM_ALIASES), NOT_LISTED))),
        "stage": Field(N_("阶段"), reading.choice(_named(values.STAGES, values.STAGE_ALIASES), NOT_LISTED)),
        "trl": Field(N_("成熟度（TRL）"), reading.trl, N_("1 到 9；不确定可以只选阶段。")),
        "use_first_offered": Field(N_("可以先使用后付费"), reading.boolean, N_("中小微企业先试用，达到约定条件再付费。")),
        "trial_months": Field(N_("试用月数"), reading.whole(1, cap, N_("试用月数请填 1 到 %(trial_cap)s 的整数。"))),
        "max_concurrent_trials": Field(
            N_("同时试用的企业数"), _or(reading.whole(1, 99, N_("同时试用的企业数请填 1 到 99 的整数。")), 3)
        ),
        "payment_model": Field(N_("付费方式"), _or(reading.choice(_named(values.PAYMENT_MODELS, {}), NOT_LISTED), "INSTALMENT")),
        "non_secret": Field(N_("内容不涉及国家秘密"), reading.boolean),
        "ownership_clear": Field(N_("权属清楚，没有争议"), reading.boolean),
        "inventors_agree": Field(N_("完成人都同意发布"), reading.boolean),
        "unfiled": Field(N_("还没有申请专利"), reading.boolean, N_("勾选后，公众只看到摘要的第一句，看不到指标，以免影响新颖性。")),
        "indicators": Field(N_("技术指标"), figures, N_("一行一个数，例：附着力 ≥ 10 MPa。")),
    }


def demand_fields(lists: Lists, settings: Settings = DEFAULTS) -> dict[str, Field]:
    """Fields of a demand, in the order of the form."""
    kinds = reading.choice(_named(values.DEMAND_KINDS, values.KIND_ALIASES), NOT_LISTED)
    return _common(lists, settings.text_max) | {
        "price": Field(N_("预算"), price, N_("例：面议、80万、50-120万元。")),
        "kind": Field(N_("需求类型"), _or(kinds, "TACKLE")),
        "min_trl": Field(N_("最低成熟度（TRL）"), reading.trl, N_("低于这一级的成果不考虑；不限就留空。")),
        "deadline": Field(N_("截止日期"), reading.day, N_("过了这一天不再匹配。")),
        "location": Field(N_("落地地点"), reading.line(120, N_("落地地点最多 120 个字。"))),
        "wants_use_first": Field(N_("愿意先使用后付费"), reading.boolean),
        "targets": Field(N_("技术指标"), figures, N_("一行一个数；标为“必须”的达不到就不算强匹配。")),
    }


def _or(read: Reader, default: Any) -> Reader:
    def or_default(value: Any) -> Any:
        found = read(value)
        return default if found is None else found

    return or_default


def _or_empty(read: Reader) -> Reader:
    return _or(read, "")


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
    if whole.get("confidentiality") == values.ANONYMOUS:
        wrong["confidentiality"] = N_("成果不能匿名公开，请选公开、实名可见、签保密后可见或仅经纪人。")
    return wrong


def _demand_wrong(whole: Mapping[str, Any], organisation: str) -> dict[str, str]:
    """An anonymous demand must not name its company in what everybody reads."""
    if whole.get("confidentiality") != values.ANONYMOUS or not organisation:
        return {}
    names = {reading.fold(organisation), reading.fold(_core(organisation))}
    told = N_("这里写了单位名称，而保密级是“匿名公开”。请改写，或另选保密级。")
    shown = {"title": whole.get("title"), "summary": whole.get("summary"), "keywords": " ".join(whole.get("keywords") or ())}
    shown |= {"targets": " ".join(str(row) for row in whole.get("targets") or ()), "location": whole.get("location")}
    return {name: told for name, text in shown.items() if any(n and n in reading.fold(text or "") for n in names)}


def _core(organisation: str) -> str:
    """A company's name without its legal form; too short a rest names nobody."""
    short = organisation
    for form in ("有限责任公司", "股份有限公司", "有限公司", "集团", "公司", "(青岛)", "（青岛）"):
        short = short.replace(form, "")
    return short if len(short) >= 4 else ""
