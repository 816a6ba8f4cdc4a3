"""Value lists of messages: the ways a notice may go by mail, and the states of a mail."""

from __future__ import annotations

from webapp.core.errors import N_

NOW, DIGEST, APP = "NOW", "DIGEST", "APP"
WAYS = {NOW: N_("立即发邮件"), DIGEST: N_("每天汇总一封"), APP: N_("只在站内")}
WAITING, SENT, FAILED = "WAITING", "SENT", "FAILED"
MAIL_STATES = {WAITING: N_("待发"), SENT: N_("已发"), FAILED: N_("发不出")}
