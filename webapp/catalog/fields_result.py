"""The rule of each field of a result, in the order of its form."""

from __future__ import annotations

from typing import Any

from webapp.catalog import reading, rowsets, values
from webapp.catalog.fields_base import DEFAULTS, NOT_LISTED, Field, Lists, coded, common, named, or_else, or_empty
from webapp.catalog.quantities import figures, price
from webapp.catalog.reading import Wrong
from webapp.config import Settings
from webapp.core.errors import N_


def result_fields(lists: Lists, settings: Settings = DEFAULTS) -> dict[str, Field]:
    """Fields of a result."""
    return common(lists, settings.text_max) | _what(settings.text_max) | _ripe(settings.text_max) | _terms(settings) | _declared()


def _what(text_max: int) -> dict[str, Field]:
    return {
        "department": Field(N_("学院或部门"), reading.line(120, N_("学院或部门最多 120 个字。"))),
        "lead": Field(N_("第一完成人"), reading.line(80, N_("第一完成人最多 80 个字。"))),
        "members": Field(N_("团队成员"), rowsets.members, N_("按顺序填，第一完成人在前；贡献占比只有本单位和获准的人看得到。")),
        "form": Field(N_("成果形式"), or_empty(reading.choice(named(values.FORMS, values.FORM_ALIASES), NOT_LISTED))),
        "nature": Field(N_("成果属性"), coded(values.NATURES)),
        "standing": Field(N_("成果水平"), coded(values.STANDINGS), N_("有评价报告的按报告填，没有就选未评价。")),
        "project": Field(N_("来源项目或计划"), reading.line(200, N_("来源项目最多 200 个字。"))),
        "research_from": Field(N_("研究开始"), reading.day),
        "research_to": Field(N_("研究结束"), reading.day),
        "scenes": Field(
            N_("应用场景"), rowsets.lines(10, 80, N_("应用场景最多 10 条。"), N_("每条应用场景最多 80 个字。")), N_("一行一个，例：海上平台浪溅区防腐。")
        ),
        "cases": Field(N_("已应用案例"), reading.text(text_max, _long()), N_("在哪里用过、用了多久、效果怎样。")),
        "benefits": Field(N_("经济社会效益"), reading.text(text_max, _long())),
        "ip_rights": Field(N_("知识产权"), rowsets.ip_rights, N_("到期或欠缴年费的，系统会先提醒，到日自动暂停发布。")),
        "evidence": Field(N_("获奖和证明材料"), rowsets.evidence, N_("获奖、评价报告、查新、检测报告、用户证明。")),
    }


def _long() -> str:
    return N_("最多 %(text_max)s 个字，请精简，或改成附件。")


def _ripe(text_max: int) -> dict[str, Field]:
    return {
        "stage": Field(N_("阶段"), reading.choice(named(values.STAGES, values.STAGE_ALIASES), NOT_LISTED)),
        "trl": Field(N_("成熟度（TRL）"), reading.trl, N_("1 到 9；不确定可以只选阶段。")),
        "trl_evidence": Field(N_("成熟度依据"), reading.text(text_max, _long()), N_("做过哪些试验、样机或运行，说明为什么是这一级。")),
        "indicators": Field(N_("技术指标"), figures, N_("一行一个数，例：附着力 ≥ 10 MPa。")),
    }


def _terms(settings: Settings) -> dict[str, Field]:
    cap = settings.trial_months_cap
    return {
        "price": Field(N_("参考价"), price, N_("例：面议、免费、80万、50-120万元、面议（50万左右）。")),
        "exclusivity": Field(N_("许可方式"), or_else(coded(values.EXCLUSIVITIES, none=None), "PLAIN")),
        "landing": Field(N_("落地要求"), or_else(coded(values.LANDINGS, none=None), "ANY")),
        "supports": Field(N_("需要的支持"), reading.choices(named(values.SUPPORTS, {}), NOT_LISTED)),
        "use_first_offered": Field(N_("可以先使用后付费"), reading.boolean, N_("中小微企业先试用，达到约定条件再付费。")),
        "trial_months": Field(N_("试用月数"), reading.whole(1, cap, N_("试用月数请填 1 到 %(trial_cap)s 的整数。"))),
        "max_concurrent_trials": Field(
            N_("同时试用的企业数"), or_else(reading.whole(1, 99, N_("同时试用的企业数请填 1 到 99 的整数。")), 3)
        ),
        "payment_model": Field(N_("付费方式"), or_else(reading.choice(named(values.PAYMENT_MODELS, {}), NOT_LISTED), "INSTALMENT")),
        "trial_trigger": Field(N_("付费触发条件"), coded(values.TRIGGERS)),
        "use_first_price_fen": Field(N_("先用后付参考价"), _sum, N_("达到条件后大约付多少，例：30万。")),
    }  # fmt: skip


def _declared() -> dict[str, Field]:
    return {
        "non_secret": Field(N_("内容不涉及国家秘密"), reading.boolean),
        "ownership_clear": Field(N_("权属清楚，没有争议"), reading.boolean),
        "inventors_agree": Field(N_("完成人都同意发布"), reading.boolean),
        "unfiled": Field(N_("还没有申请专利"), reading.boolean, N_("勾选后，公众只看到摘要的第一句，看不到指标，以免影响新颖性。")),
        "compliance": Field(
            N_("需要合规审查的情形"), reading.choices(named(values.COMPLIANCE, {}), NOT_LISTED), N_("勾选后，学校审核时要写明怎样审查过。")
        ),
    }


def _sum(value: Any) -> int | None:
    """One sum in fen; 面议 is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = price(value)
    if found.min_fen != found.max_fen:
        raise Wrong(N_("这里请填一个数，例：30万。"))
    return found.min_fen

