"""Which column of a file is which field: recognised by its header in Chinese or English, or told by COLUMN=FIELD."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from webapp.catalog import fields as catalog
from webapp.core.errors import N_, Invalid

SUMMARY = ("简介", "摘要", "公开摘要", "内容简介", "summary", "abstract", "description", "text")
# 序号 is no number of a row: it counts the lines of one list, and the next list counts other rows.
COMMON: dict[str, tuple[str, ...]] = {
    "external_id": ("编号", "外部编号", "成果编号", "需求编号", "专利号", "申请号", "id", "number", "external id"),
    "organisation": ("单位", "所在单位", "单位名称", "所属单位", "organisation", "organization", "org"),
    "keywords": ("关键词", "关键字", "keywords", "key words", "tags"),
    "field_code": ("领域", "技术领域", "所属领域", "学科", "field", "discipline"),
    "industry_code": ("产业", "行业", "适用产业", "所属产业", "所属行业", "应用行业", "industry"),
    "cluster_code": ("创新圈", "所属创新圈", "circle", "cluster"),
    "details": ("详细", "详细内容", "详细说明", "受控内容", "details", "confidential details"),
    "contact": ("联系人", "联系方式", "联系电话", "contact"),
    "confidentiality": ("保密级", "保密等级", "confidentiality"),
    "valid_until": ("有效期", "有效期至", "valid until"),
    "source": ("来源平台", "source platform"),
}
RESULTS: dict[str, tuple[str, ...]] = COMMON | {
    "title": ("成果名称", "名称", "标题", "题目", "项目名称", "专利名称", "技术名称", "title", "name"),
    "summary": (*SUMMARY, "成果简介", "成果介绍", "技术简介", "成果摘要"),
    "organisation": (*COMMON["organisation"], "完成单位", "第一完成单位", "申请人", "专利权人", "高校", "institution", "assignee"),
    "modes": ("转化方式", "合作方式", "转让方式", "拟转化方式", "transfer modes", "modes"),
    "department": ("学院", "部门", "院系", "学院或部门", "department", "school"),
    "lead": ("完成人", "第一完成人", "负责人", "项目负责人", "发明人", "lead", "inventor", "inventors"),
    "form": ("成果形式", "成果类型", "类型", "form", "type", "kind"),
    "trl": ("技术成熟度", "成熟度", "成熟度等级", "trl"),
    "stage": ("成果阶段", "阶段", "所处阶段", "stage"),
    "price": ("预期价格", "价格", "报价", "参考价", "转让价格", "price"),
    "use_first_offered": ("先用后付", "先使用后付费", "可先用后付", "可以先使用后付费", "use first"),
    "trial_months": ("试用月数", "试用期", "trial months"),
    "max_concurrent_trials": ("同时试用企业数", "同时试用的企业数", "most trials at once"),
    "payment_model": ("付费方式", "payment model"),
    "indicators": ("技术指标", "指标", "主要技术指标", "indicators"),
    "unfiled": ("未申请专利", "还没有申请专利", "unfiled"),
    "non_secret": ("不涉密", "内容不涉及国家秘密", "non-secret"),
    "ownership_clear": ("权属清楚", "ownership clear"),
    "inventors_agree": ("完成人同意", "inventors agree"),
    "members": ("团队成员", "完成人团队", "team"),
    "nature": ("成果属性", "nature"),
    "standing": ("成果水平", "standing"),
    "project": ("来源项目或计划", "来源项目", "计划来源", "project"),
    "research_from": ("研究开始", "研究起始时间", "research from"),
    "research_to": ("研究结束", "研究终止时间", "research to"),
    "scenes": ("应用场景", "应用领域场景", "scenes"),
    "cases": ("已应用案例", "应用案例", "应用情况", "cases"),
    "benefits": ("经济社会效益", "效益", "benefits"),
    "ip_rights": ("知识产权", "知识产权情况", "intellectual property"),
    "evidence": ("获奖和证明材料", "获奖情况", "evidence"),
    "trl_evidence": ("成熟度依据", "trl evidence"),
    "exclusivity": ("许可方式", "exclusivity"),
    "landing": ("落地要求", "landing"),
    "supports": ("需要的支持", "supports"),
    "trial_trigger": ("付费触发条件", "trial trigger"),
    "use_first_price_fen": ("先用后付参考价", "use first price"),
    "compliance": ("需要合规审查的情形", "compliance"),
}
DEMANDS: dict[str, tuple[str, ...]] = COMMON | {
    "title": ("需求名称", "名称", "标题", "题目", "需求标题", "难题名称", "项目名称", "title", "name"),
    "summary": (*SUMMARY, "需求描述", "需求简介", "需求内容", "需求说明", "描述", "内容"),
    "organisation": (*COMMON["organisation"], "企业", "企业名称", "需求单位", "公司名称", "company"),
    "modes": ("合作方式", "拟合作方式", "cooperation modes", "modes"),
    "kind": ("需求类型", "类型", "kind", "type"),
    "min_trl": ("最低成熟度", "最低trl", "least trl", "min trl"),
    "price": ("预算", "意向预算", "投入预算", "拟投入资金", "budget", "price"),
    "deadline": ("截止时间", "截止日期", "期限", "deadline"),
    "location": ("落地地点", "地点", "location"),
    "wants_use_first": ("愿先用后付", "愿意先使用后付费", "是否先用后付", "先用后付", "wants use first"),
    "targets": ("技术指标", "指标", "指标要求", "主要技术指标", "targets"),
    "background": ("背景与难点", "背景", "难点", "background"),
    "present": ("现状与已有基础", "现状", "已有基础", "present state"),
    "scope": ("希望对方做什么", "scope"),
    "conditions": ("使用条件与限制", "使用条件", "conditions"),
    "fundings": ("资金来源", "funding"),
    "months": ("实施周期（月）", "实施周期", "months"),
    "cooperations": ("希望的合作形式", "合作形式", "cooperation forms"),
    "ip_ownership": ("成果归属", "知识产权归属", "ip ownership"),
    "experts": ("意向专家或团队", "意向专家", "experts"),
    "wants_board": ("愿意上揭榜挂帅榜单", "揭榜挂帅", "wants board"),
}
FIELDS = {"results": RESULTS, "demands": DEMANDS}
OWN_LABELS = {"external_id": N_("编号"), "organisation": N_("单位"), "source": N_("来源平台")}


def plain(header: str) -> str:
    """A header without case, width, blanks, stars and brackets, so that `名称*（必填）` is 名称."""
    text = unicodedata.normalize("NFKC", header).lower()
    return re.sub(r"[\s*_:.]+", "", re.sub(r"[(\[【].*?[)\]】]", "", text))


def labels(kind: str) -> dict[str, str]:
    """field -> its name for people (a message id), in the order of the form."""
    known = (catalog.result_fields if kind == "results" else catalog.demand_fields)(catalog.Lists())
    shown = {name: field.label for name, field in known.items() if name in FIELDS[kind]}
    return {"external_id": OWN_LABELS["external_id"]} | shown | {"organisation": OWN_LABELS["organisation"]}


def mapping(kind: str, header: Iterable[str], given: Mapping[str, str] | None = None) -> dict[str, str]:
    """column -> field for a file's header; what was given wins, a field is taken once, unknown columns are left out.

    A column given without a field is not imported.
    """
    chosen = dict(given or {})
    names = list(header)
    _check(kind, names, chosen)
    taken = set(chosen.values())
    for field, aliases in FIELDS[kind].items():
        column = _column(field, aliases, names, chosen) if field not in taken else None
        if column is not None:
            chosen[column] = field
    return {column: field for column, field in chosen.items() if field}


def _column(field: str, aliases: Sequence[str], names: list[str], chosen: Mapping[str, str]) -> str | None:
    """The first free column under one of these names; an earlier name is the likelier one."""
    free = {plain(name): name for name in reversed(names) if name not in chosen}
    return next((free[name] for alias in (*aliases, field) if (name := plain(alias)) in free), None)


def is_header(kind: str, names: Iterable[str], wanted: Iterable[str] = ()) -> bool:
    """Whether a line is the header: it holds every wanted column, or where none is named, a title."""
    found = set(names)
    if columns := set(wanted):
        return columns <= found
    return bool({plain(name) for name in found} & {plain(alias) for alias in (*FIELDS[kind]["title"], "title")})


def _check(kind: str, names: list[str], given: Mapping[str, str]) -> None:
    for column, field in given.items():
        if column not in names:
            raise Invalid(N_("文件里没有列“%(column)s”。列名有：%(columns)s"), code="map_column", column=column, columns="、".join(names))
        if field and field not in FIELDS[kind]:
            known = ", ".join(sorted(FIELDS[kind]))
            raise Invalid(N_("没有字段“%(field)s”。可用的字段：%(known)s"), code="map_field", field=field, known=known)
    twice = sorted({field for field in given.values() if field and list(given.values()).count(field) > 1})
    if twice:
        raise Invalid(N_("字段“%(field)s”指定了不止一列，请只留一列。"), code="map_twice", field=twice[0])


def require_title(found: Mapping[str, str], header: Iterable[str]) -> None:
    """Without a title column nothing can be imported: say which columns there are."""
    if "title" not in found.values():
        columns = "、".join(name for name in header if name)
        raise Invalid(N_("认不出哪一列是名称，请指定。列名有：%(columns)s"), code="map_title", columns=columns)
