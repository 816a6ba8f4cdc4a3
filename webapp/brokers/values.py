"""Value lists of brokers: levels, certificates, and the sentences of their notices."""

from __future__ import annotations

from webapp.core.errors import N_
from webapp.messages.kinds import register

# T/CASTEM 1007-2022 knows three levels of technology managers; a broker need not have any.
LEVELS = {"": N_("未评级"), "JUNIOR": N_("初级"), "MIDDLE": N_("中级"), "SENIOR": N_("高级")}
CERTIFICATES = {
    "TECH_MANAGER": N_("技术经理人证书"),
    "TECH_BROKER": N_("技术经纪人证书"),
    "PATENT_AGENT": N_("专利代理师资格"),
    "LAWYER": N_("法律职业资格"),
    "TITLE": N_("技术转移职称"),
    "OTHER": N_("其他证书"),
}
CAPACITY = 15

register("demand_collected", N_("经纪人走访后替贵单位起草了需求“%(title)s”，请核对后提交。"))
register("task_certificate", N_("您登记的证书“%(title)s”已核实。"))
register("visit_invite", N_("经纪人走访了%(company)s，请核对后邀请对方加入。"))
