"""The lifecycle of a match: suggested, judged by a broker, recommended, answered by both sides, opened as a task."""

from __future__ import annotations

from webapp.core.errors import N_
from webapp.core.states import Lifecycle, moves

OPEN = ("SUGGESTED", "REVIEWING")
# In which states a demand and a result are offered, and so take part in matching.
LIVE = {"demand": ("OPEN", "MATCHING"), "result": ("PUBLISHED",)}
WAITING = ("RECOMMENDED", "COMPANY_INTERESTED", "RESEARCHER_INTERESTED")
JUDGED = ("SHORTLISTED", "REJECTED")
CLOSED = ("REJECTED", "DECLINED_COMPANY", "DECLINED_RESEARCHER", "EXPIRED", "STALE")
# What the two parties may know of: nothing that a broker has not recommended to them.
SHARED = (
    "RECOMMENDED", "COMPANY_INTERESTED", "RESEARCHER_INTERESTED", "MUTUAL", "TASK_OPENED",
    "DECLINED_COMPANY", "DECLINED_RESEARCHER", "EXPIRED",
)  # fmt: skip
# Still to be judged: held under a lease, and whoever judges must hold it or find it free.
ON_DESK = ("SUGGESTED", "REVIEWING", "STALE")
# Pairs that have not yet come to both sides: here one side may say by itself that it wants to talk.
WISHABLE = ("SUGGESTED", "REVIEWING", "SHORTLISTED")
_BROKER = "broker operator"

MATCH = Lifecycle(
    name="match",
    start="SUGGESTED",
    states={
        "SUGGESTED": N_("待核对"),
        "REVIEWING": N_("存疑待看"),
        "SHORTLISTED": N_("已入围"),
        "REJECTED": N_("不入围"),
        "RECOMMENDED": N_("已推荐，等双方答复"),
        "COMPANY_INTERESTED": N_("企业愿意，等学校答复"),
        "RESEARCHER_INTERESTED": N_("学校愿意，等企业答复"),
        "MUTUAL": N_("双方同意"),
        "TASK_OPENED": N_("已开对接任务"),
        "DECLINED_COMPANY": N_("企业婉拒"),
        "DECLINED_RESEARCHER": N_("学校婉拒"),
        "EXPIRED": N_("到期未答复"),
        "STALE": N_("内容已更新，待重算"),
    },
    moves=moves(
        ("SUGGESTED", "review", _BROKER, "REVIEWING"),
        (ON_DESK, "shortlist", _BROKER, "SHORTLISTED"),
        ((*ON_DESK, "SHORTLISTED"), "reject", _BROKER, "REJECTED"),
        # Undo leads back to where the verdict was given; the target here is only the earliest such state.
        (JUDGED, "undo", _BROKER, "SUGGESTED"),
        (("SHORTLISTED", "EXPIRED"), "recommend", _BROKER, "RECOMMENDED"),
        ("RECOMMENDED", "company_yes", "company", "COMPANY_INTERESTED"),
        ("RECOMMENDED", "researcher_yes", "school", "RESEARCHER_INTERESTED"),
        ("RESEARCHER_INTERESTED", "company_yes", "company", "MUTUAL"),
        ("COMPANY_INTERESTED", "researcher_yes", "school", "MUTUAL"),
        (WAITING, "company_no", "company", "DECLINED_COMPANY"),
        (WAITING, "researcher_no", "school", "DECLINED_RESEARCHER"),
        (WAITING, "expire", "system", "EXPIRED"),
        ("MUTUAL", "open_task", "system", "TASK_OPENED"),
        # One side's posting was withdrawn or rewritten: whatever was asked about it is asked no more.
        ((*OPEN, "SHORTLISTED", *WAITING), "stale", "system", "STALE"),
        # A pair that was closed comes back only when one of its texts has changed.
        (CLOSED, "renew", "system", "SUGGESTED"),
    ),
    finals=frozenset({"TASK_OPENED"}),
    shapes={
        "SUGGESTED": "draft", "REVIEWING": "draft", "SHORTLISTED": "run", "RECOMMENDED": "run", "COMPANY_INTERESTED": "run",
        "RESEARCHER_INTERESTED": "run", "MUTUAL": "run", "TASK_OPENED": "done", "REJECTED": "off",
        "DECLINED_COMPANY": "off", "DECLINED_RESEARCHER": "off", "EXPIRED": "late", "STALE": "blocked",
    },
)  # fmt: skip
