"""The family of errors that mean something to a person or a caller; doors translate each once."""

from __future__ import annotations

import errno
from typing import Any


def N_(message: str) -> str:  # noqa: N802 - the name gettext tools look for
    """Mark a sentence for translation without translating it here."""
    return message


def disk_full(cause: BaseException | None) -> bool:
    """Whether the cause of an error is that nothing more can be written: told by the system, SQLite or PostgreSQL."""
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in {errno.ENOSPC, errno.EDQUOT}:
            return True
        if getattr(cause, "sqlstate", "") == "53100" or "disk is full" in str(cause):
            return True
        cause = getattr(cause, "orig", None) or cause.__cause__
    return False


class AppError(Exception):
    """Base: `code` for callers, `message` (a translatable sentence) and `params` for people, `fields` for forms."""

    code = "error"
    status = 400
    message = N_("这一步没有完成，请检查后再试。")

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        fields: dict[str, str] | None = None,
        **params: Any,
    ) -> None:
        self.message = message or type(self).message
        self.code = code or type(self).code
        self.fields = fields or {}
        self.params = params
        super().__init__(self.code)

    def __str__(self) -> str:
        return f"{self.code}: {self.message % self.params if self.params else self.message}"


class Invalid(AppError):
    """Something typed breaks a rule; `fields` maps the field's name to its sentence."""

    code = "invalid"
    status = 422
    message = N_("有内容需要修改，见标红的地方。")


class Forbidden(AppError):
    """The policy says no."""

    code = "forbidden"
    status = 403
    message = N_("您的身份不能做这件事。")


class NotFound(AppError):
    """There is no such row, or the actor may not know of it."""

    code = "not_found"
    status = 404
    message = N_("没有找到，可能已撤下，或者您没有查看权限。")


class Refused(AppError):
    """The lifecycle does not allow this step now."""

    code = "refused"
    status = 409
    message = N_("现在的状态不允许这一步，请刷新页面看最新进展。")


class Stale(AppError):
    """Somebody else saved the row after it was opened."""

    code = "stale"
    status = 409
    message = N_("您打开之后，%(who)s 已经改过这条内容。您输入的内容还在下面，请对照后再保存。")


class TooLarge(AppError):
    """A file or text is over its limit."""

    code = "too_large"
    status = 413
    message = N_("文件超过 %(limit)s MB 的上限，请拆分后再传。")
