"""Who may read an attachment, by level, and what the worker found out about it."""

from __future__ import annotations

from webapp.core.errors import N_

PUBLIC, VERIFIED, NDA, BROKERS = 0, 2, 3, 4
LEVELS = {PUBLIC: N_("公开"), VERIFIED: N_("实名可见"), NDA: N_("签保密后可见"), BROKERS: N_("仅经纪人")}
NEW, READY, UNREADABLE = "NEW", "READY", "UNREADABLE"
NOTES = {
    "locked": N_("加了密码，不能预览，搜索也找不到里面的字"),
    "damaged": N_("打不开，可能已损坏，请重新上传"),
    "bomb": N_("内容异常地大，不能预览，搜索也找不到里面的字"),
    "slow": N_("读得太久，不能预览，搜索也找不到里面的字"),
}
KINDS = {
    "application/pdf": "PDF", "image/png": "PNG", "image/jpeg": "JPEG",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint",
}  # fmt: skip
