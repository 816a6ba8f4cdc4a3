"""Outbox handlers of confidentiality: a new guest is asked for the agreement, and an accepted one opens the index's layer."""

from __future__ import annotations

from webapp.confidentiality import service
from webapp.core import worker
from webapp.core.errors import N_
from webapp.core.worker import Context, Key
from webapp.messages import kinds

kinds.register("demand_nda_ask", N_("需求 %(code)s 已对贵单位开放；先签保密承诺，就能看到全部内容。"))
kinds.register("result_nda_ask", N_("成果 %(code)s 已对贵单位开放；先签保密承诺，就能看到全部内容。"))
kinds.register("demand_nda", N_("%(who)s 接受了“%(title)s”的保密承诺，可以查看受控内容。"))
kinds.register("result_nda", N_("%(who)s 接受了“%(title)s”的保密承诺，可以查看受控内容。"))


service.register_touches()


@worker.handler(service.ASKED)
def ask(context: Context, keys: list[Key]) -> None:
    """Whoever was let in hears that an agreement comes first."""
    with context.database.transaction() as session:
        for kind, row_id in keys:
            service.ask(session, kind, row_id)
