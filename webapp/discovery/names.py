"""What the values of the search filters are called, in both languages."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import Organisation
from webapp.catalog import values
from webapp.catalog.models import Classification, Cluster
from webapp.catalog.regions import REGIONS
from webapp.core.errors import N_
from webapp.core.languages import translate
from webapp.engines import kinds

Names = Mapping[str, Mapping[str, str]]
FIRST = ("result", "demand", "cluster", "organisation", "expert")  # then whatever else is registered
YES = {"yes": N_("可先用后付")}
TITLES = {
    "kind": N_("类型"), "circle": N_("创新圈"), "institution": N_("单位"), "industry": N_("产业"), "field": N_("技术领域"),
    "trl": N_("技术成熟度"), "mode": N_("转化方式"), "use_first": N_("先用后付"), "region": N_("地区"), "year": N_("年份"),
    "stage": N_("成果阶段"),
}  # fmt: skip


def names(session: Session, language: str, institutions: Collection[str] | None = None) -> dict[str, dict[str, str]]:
    """The name of every value by group; of institutions only those asked for, since there may be thousands."""
    english = language == "en"
    fixed = {"mode": values.MODES, "use_first": YES, "region": REGIONS, "stage": values.STAGES}
    found = {group: {code: translate(language, name) for code, name in list_.items()} for group, list_ in fixed.items()}
    known = kinds.kinds()
    found["kind"] = {name: translate(language, known[name].label) for name in sorted(known, key=_place)}
    found["trl"] = {str(level): f"TRL {level} · {translate(language, values.STAGES[values.TRL_STAGE[level]])}" for level in values.TRL_NAMES}
    for row in session.scalars(select(Classification).where(Classification.scheme.in_(("industry", "field"))).order_by(Classification.version)):
        found.setdefault(row.scheme, {})[row.code] = row.en if english else row.zh
    found["circle"] = {row.code: row.short_en if english else row.short_zh for row in session.scalars(select(Cluster))}
    found["institution"] = _institutions(session, english, institutions)
    return found


def _place(kind: str) -> int:
    return FIRST.index(kind) if kind in FIRST else len(FIRST)


def _institutions(session: Session, english: bool, wanted: Collection[str] | None) -> dict[str, str]:
    query = select(Organisation.id, Organisation.name, Organisation.name_en)
    if wanted is None:
        query = query.where(Organisation.verified_at.is_not(None))
    else:
        query = query.where(Organisation.id.in_([int(one) for one in wanted if one.isdecimal() and len(one) < 19]))
    return {str(row.id): (row.name_en if english else "") or row.name for row in session.execute(query)}


def labels(session: Session) -> dict[str, dict[str, tuple[str, ...]]]:
    """Both languages' names of every value, for those who type `industry:marine` or its Chinese."""
    both = [names(session, language) for language in ("zh_CN", "en")]
    return {group: {code: tuple(dict.fromkeys(one[group][code] for one in both)) for code in both[0][group]} for group in both[0]}
