"""Kinds of organisations, roles, ways in, ties and classes, with their names for people."""

from __future__ import annotations

from webapp.core.errors import N_

ORGANISATION_KINDS = {
    "SCHOOL": N_("高校院所"),
    "COMPANY": N_("企业"),
    "BROKER_FIRM": N_("技术转移机构"),
    "BUREAU": N_("区局"),
    "CARRIER": N_("载体"),
}
# Roles of these kinds of organisations approve for others or read their texts, so they count only once an operator has verified it.
TRUSTED_KINDS = ("SCHOOL", "BROKER_FIRM", "BUREAU")
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
# What somebody may found by registering: bureaus are made by the operator, carriers are kept by the operator.
FOUNDED = {"COMPANY": "company_admin", "SCHOOL": "tto", "BROKER_FIRM": "broker"}
CARRIER = "CARRIER"
# Who says yes to a new member of this role; the operator does wherever the organisation has nobody of that role yet.
ADMITTED_BY = {
    "researcher": ("tto",),
    "tto": ("tto",),
    "company_user": ("company_admin",),
    "company_admin": ("company_admin",),
    "broker": (),
    "operator": ("admin",),
    "auditor": ("admin",),
    "admin": ("admin",),
}
MANAGERS = {"COMPANY": "company_admin", "SCHOOL": "tto", "BROKER_FIRM": "broker", "BUREAU": "admin"}
INVITE, REQUEST = "INVITE", "REQUEST"
TIES = {
    "EMPLOYED": N_("任职或兼职"),
    "SHARES": N_("持股或出资"),
    "FAMILY": N_("亲属关系"),
    "PAID": N_("收取报酬"),
}
BOTH = "BOTH"
INTERESTS = TIES | {BOTH: N_("同时服务竞争双方")}
BADGES = {
    "HIGH_TECH": N_("高新技术企业"),
    "SPECIALISED": N_("专精特新"),
    "LITTLE_GIANT": N_("小巨人"),
    "TECH_SME": N_("科技型中小企业"),
    "GAZELLE": N_("瞪羚企业"),
    "CHAMPION": N_("单项冠军"),
    "CHAIN_LEADER": N_("链主企业"),
}
SIZE_CLASSES = {
    "AGRICULTURE": N_("农、林、牧、渔业"),
    "INDUSTRY": N_("工业"),
    "CONSTRUCTION": N_("建筑业"),
    "WHOLESALE": N_("批发业"),
    "RETAIL": N_("零售业"),
    "TRANSPORT": N_("交通运输业（不含铁路）"),
    "STORAGE": N_("仓储业"),
    "POSTAL": N_("邮政业"),
    "LODGING": N_("住宿业"),
    "CATERING": N_("餐饮业"),
    "INFORMATION": N_("信息传输业"),
    "SOFTWARE": N_("软件和信息技术服务业"),
    "REAL_ESTATE": N_("房地产开发经营"),
    "PROPERTY": N_("物业管理"),
    "LEASING_BUSINESS": N_("租赁和商务服务业"),
    "OTHER": N_("其他未列明行业"),
}
