"""Kinds of organisations and roles, with their names for people."""

from __future__ import annotations

from webapp.core.errors import N_

ORGANISATION_KINDS = {
    "SCHOOL": N_("高校院所"),
    "COMPANY": N_("企业"),
    "BROKER_FIRM": N_("技术转移机构"),
    "BUREAU": N_("区局"),
    "CARRIER": N_("载体"),
}
ROLES = {
    "researcher": N_("科研人员"),
    "tto": N_("高校技术转移机构"),
    "company_user": N_("企业用户"),
    "company_admin": N_("企业管理员"),
    "broker": N_("技术经纪人"),
    "operator": N_("运营方"),
    "auditor": N_("审计员"),
    "admin": N_("系统管理员"),
}
ROLE_KINDS = {
    "researcher": "SCHOOL",
    "tto": "SCHOOL",
    "company_user": "COMPANY",
    "company_admin": "COMPANY",
    "broker": "BROKER_FIRM",
    "operator": "BUREAU",
    "auditor": "BUREAU",
    "admin": "BUREAU",
}
