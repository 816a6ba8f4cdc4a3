"""The life of an import batch as a table."""

from __future__ import annotations

from webapp.core.errors import N_
from webapp.core.states import Lifecycle, moves

# Parts: owner (whoever may use the batch), system (the job).
BATCH = Lifecycle(
    name="import",
    states={
        "MAPPING": N_("待核对列"),
        "QUEUED": N_("排队中"),
        "RUNNING": N_("导入中"),
        "DONE": N_("已完成"),
        "FAILED": N_("没有完成"),
    },
    moves=moves(
        ("MAPPING", "queue", "owner system", "QUEUED"),
        (("QUEUED", "RUNNING"), "run", "system", "RUNNING"),
        ("RUNNING", "finish", "system", "DONE"),
        (("MAPPING", "QUEUED", "RUNNING"), "fail", "system", "FAILED"),
    ),
    finals=frozenset({"DONE", "FAILED"}),
    start="MAPPING",
    shapes={"MAPPING": "draft", "QUEUED": "run", "RUNNING": "run", "DONE": "done", "FAILED": "late"},
)
