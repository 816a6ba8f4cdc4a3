"""Which column means which field: the headers people use, and what `--map` or the page says on top."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from webapp.core.errors import Invalid, N_

COMMON = {
    "external_id": ("编号", "序号", "外部编号", "成果编号", "需求编号", "id", "number", "external id", "external_id"),
    "summary": ("简介", "摘要", "公开摘要", "内容简介", "summary", "abstract", "description"),
    "details": ("详细", "详细说明", "受控内容", "details", "confidential details"),
    "keywords": ("关键词", "关键字", "keywords", "key words"),
    "field_code": ("领域", "技术领域", "所属领域", "field"),
    "industry_code": ("产业", "行业", "适用产业", "所属产业", "industry"),
    "cluster_code": ("创新圈", "所属创新圈", "circle", "cluster"),
    "modes": ("转化方式", "合作方式", "转让方式", "transfer modes", "modes"),
    "contact": ("联系人", "联系方式", "contact"),
    "confidentiality": ("保密级", "保密等级", "confidentiality"),
}
RESULTS = COMMON | {
    "title": ("成果名称", "名称", "标题", "项目名称", "专利名称", "title", "name"),
    "summary": (*COMMON["summary"], "成果简介", "成果介绍", "技术简介", "成果摘要"),
    "department": ("单位", "完成单位", "学院", "所在单位", "申请人", "organisation", "institution", "department"),
    "lead": ("完成人", "第一完成人", "负责人", "发明人", "lead", "inventor"),
    "trl": ("技术成熟度", "成熟度", "trl"),
    "stage": ("成果阶段", "阶段", "stage"),
    "price": ("预期价格", "价格", "报价", "参考价", "price"),
    "use_first_offered": ("先用后付", "先使用后付费", "可先用后付", "use first"),
    "trial_months": ("试用月数", "试用期", "trial months"),
    "indicators": ("技术指标", "指标", "indicators"),
}
DEMANDS = COMMON | {
    "title": ("需求名称", "名称", "标题", "需求标题", "title", "name"),
    "summary": (*COMMON["summary"], "需求描述", "需求简介", "需求内容", "需求说明"),
    "kind": ("需求类型", "类型", "kind", "type"),
    "min_trl": ("最低成熟度", "最低trl", "least trl", "min trl"),
    "price": ("预算", "意向预算", "投入预算", "budget"),
    "deadline": ("截止时间", "截止日期", "期限", "deadline"),
    "location": ("落地地点", "地点", "location"),
    "wants_use_first": ("愿先用后付", "是否先用后付", "先用后付", "wants use first"),
    "targets": ("技术指标", "指标", "指标要求", "targets"),
}
FIELDS = {"results": RESULTS, "demands": DEMANDS}


def plain(header: str) -> str:
    """A header without case, width, blanks, stars and brackets, so that `名称*（必填）` is 名称."""
    text = unicodedata.normalize("NFKC", header).lower()
    return re.sub(r"[\s*_]+", "", re.sub(r"[(\[【].*?[)\]】]", "", text))


def mapping(kind: str, header: Iterable[str], given: Mapping[str, str] | None = None) -> dict[str, str]:
    """column -> field for a file's header; what was given wins, a field is taken once, unknown columns are left out."""
    chosen = dict(given or {})
    names = list(header)
    _check(kind, names, chosen)
    taken = set(chosen.values())
    for field, aliases in FIELDS[kind].items():
        if field in taken:
            continue
        wanted = {plain(alias) for alias in aliases} | {plain(field)}
        column = next((name for name in names if name and name not in chosen and plain(name) in wanted), None)
        if column is not None:
            chosen[column] = field
            taken.add(field)
    return {column: field for column, field in chosen.items() if field}


def _check(kind: str, names: list[str], given: Mapping[str, str]) -> None:
    for column, field in given.items():
        if column not in names:
            raise Invalid(N_("文件里没有列“%(column)s”。列名有：%(columns)s"), code="map_column", column=column, columns="、".join(names))
        if field and field not in FIELDS[kind]:
            known = ", ".join(sorted(FIELDS[kind]))
            raise Invalid(N_("没有字段“%(field)s”。可用的字段：%(known)s"), code="map_field", field=field, known=known)


def require_title(found: Mapping[str, str], header: Iterable[str]) -> None:
    """Without a title column nothing can be imported: say which columns there are."""
    if "title" not in found.values():
        columns = "、".join(name for name in header if name)
        raise Invalid(N_("认不出哪一列是名称，请指定。列名有：%(columns)s"), code="map_title", columns=columns)
