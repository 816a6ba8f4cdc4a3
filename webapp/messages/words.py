"""Sentences that stand in mails beside the notice itself."""

from __future__ import annotations

from webapp.core.errors import N_

STOP_LABEL = N_("这封邮件的类别：%(kind)s")
STOP = N_("不想再收这类邮件：%(url)s")
DIGEST_SUBJECT = N_("榫卯：%(n)s 条消息")
DIGEST_HEAD = N_("%(day)s 的消息，共 %(n)s 条：")
DIGEST_MORE = N_("另外 %(n)s 条在站内：%(url)s")
DIGEST_FOOT = N_("汇总的时间和方式可以改：%(url)s")
