"""Every setting of the platform: its name, type, default and meaning, read from SUNMAO_ environment variables."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

PREFIX = "SUNMAO_"


class SettingsError(ValueError):
    """A setting is unknown or cannot be read; the text names it and says what is expected."""


def _setting(default: Any, meaning: str) -> Any:
    return field(default=default, metadata={"meaning": meaning})


@dataclass(frozen=True)
class Settings:
    """All settings; `SUNMAO_` plus the upper-case name is the environment variable."""

    var: Path = _setting(Path("var"), "folder for everything the platform writes")
    database_url: str = _setting("", "SQLAlchemy address; empty: SQLite in var/sunmao.db")
    search_location: str = _setting("", "folder of the Whoosh index or a postgresql:// address; empty: var/index")
    secret_key: str = _setting("", "signs sessions and links; empty: generated once into var/secret-key")
    host: str = _setting("127.0.0.1", "address the web server binds to")
    port: int = _setting(8000, "port the web server listens on")
    web_workers: int = _setting(2, "web server processes")
    public_url: str = _setting("http://localhost:8000", "address people reach the site at, for links in mail")
    secure_cookies: bool = _setting(False, "set to true behind TLS")
    demo: bool = _setting(False, "demonstration: demo accounts, and an operator may move the clock forward")
    language: str = _setting("zh_CN", "language when the browser names none we have")
    upload_max_mb: int = _setting(50, "largest file a page accepts, in megabytes")
    import_max_rows: int = _setting(200_000, "most rows one import file may hold")
    import_slice: int = _setting(1000, "rows stored per transaction of an import")
    text_max: int = _setting(20_000, "most characters in one long text field")
    match_top: int = _setting(20, "results kept per demand")
    match_reply_days: int = _setting(14, "days both sides have to answer a recommendation")
    match_least_score: float = _setting(0.12, "pairs scoring below are not shown as matches")
    result_valid_months: int = _setting(12, "months a published result stays valid before it must be confirmed")
    verify_working_days: int = _setting(5, "working days a broker has to verify a demand or check eligibility")
    review_working_days: int = _setting(10, "working days a school has to review a licence application")
    notice_days: int = _setting(15, "days of public notice where the institution sets none")
    notice_day_type: str = _setting("calendar", "calendar or working, where the institution sets none")
    trial_months: int = _setting(12, "default trial of a use-first licence")
    trial_months_cap: int = _setting(36, "longest trial including extensions")
    use_first_least_trl: int = _setting(4, "least readiness level for a use-first offer")
    report_months: int = _setting(3, "months between two usage reports of a trial")
    report_grace_days: int = _setting(15, "days after the period before a usage report counts as missed")
    contest_working_days: int = _setting(10, "working days the other side has to contest a payment trigger")
    choose_days: int = _setting(30, "days the licensee has to choose at the end of the trial")
    first_due_days: int = _setting(30, "days until the first instalment is due")
    overdue_grace_days: int = _setting(15, "days after the due date before an instalment is overdue")
    signing_days: int = _setting(30, "days both sides have to sign before the licence is cancelled")
    draft_days: int = _setting(30, "days a returned application waits before it lapses")
    objection_working_days: int = _setting(15, "working days a school has to decide an objection")
    delivery_working_days: int = _setting(10, "working days to hand over, and to confirm receipt")
    dispute_working_days: int = _setting(15, "working days to decide a contested payment trigger")
    suspended_working_days: int = _setting(15, "working days to decide about a suspended trial")
    schedule_working_days: int = _setting(10, "working days a school has to issue the payment schedule")
    exit_working_days: int = _setting(10, "working days a school has to confirm an exit")
    default_working_days: int = _setting(15, "working days for each step after a default")
    task_accept_days: int = _setting(2, "working days a broker has to accept a task")
    task_contact_days: int = _setting(5, "working days to the first contact of a task")
    task_quiet_days: int = _setting(10, "working days without a log entry before a task turns amber")
    task_silent_days: int = _setting(20, "working days without a log entry before a task turns red")
    task_hold_days: int = _setting(60, "most days a task may be on hold")
    job_batch: int = _setting(200, "jobs of one kind taken together")
    job_tries: int = _setting(6, "tries before a failing job is parked for the operator")
    job_lease_seconds: int = _setting(300, "seconds after which a job of a dead worker is taken again")
    sqlite_busy_seconds: int = _setting(15, "seconds a writer waits for the SQLite lock")

    @property
    def database(self) -> str:
        """Address of the database in use."""
        url = self.database_url or f"sqlite:///{self.var / 'sunmao.db'}"
        for plain in ("postgresql://", "postgres://"):
            if url.startswith(plain):
                return "postgresql+psycopg://" + url.removeprefix(plain)
        return url

    @property
    def index(self) -> str:
        """Where the full-text index lives."""
        return self.search_location or str(self.var / "index")


def _convert(name: str, raw: str, kind: type) -> Any:
    if kind is bool:
        if raw.lower() in {"1", "true", "yes", "on"}:
            return True
        if raw.lower() in {"0", "false", "no", "off", ""}:
            return False
        raise SettingsError(f"{PREFIX}{name.upper()}={raw!r}: expected true or false")
    try:
        return kind(raw)
    except ValueError as error:
        raise SettingsError(f"{PREFIX}{name.upper()}={raw!r}: expected {kind.__name__}") from error


def load(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Read settings from the environment; an unknown SUNMAO_ name is an error, so that a typing slip is noticed."""
    source = os.environ if environ is None else environ
    kinds = {item.name: type(item.default) for item in fields(Settings)}
    kinds["var"] = Path
    given: dict[str, Any] = {}
    for key, raw in source.items():
        if not key.startswith(PREFIX):
            continue
        name = key.removeprefix(PREFIX).lower()
        if name not in kinds:
            raise SettingsError(f"{key} is no setting; known: {', '.join(sorted(kinds))}")
        given[name] = _convert(name, raw, kinds[name])
    settings = Settings(**(given | overrides))
    if settings.notice_day_type not in {"calendar", "working"}:
        raise SettingsError(f"{PREFIX}NOTICE_DAY_TYPE: expected calendar or working")
    return settings


def secret_key(settings: Settings) -> str:
    """The signing key: from the setting, else generated once into var/secret-key (readable by the owner only)."""
    if settings.secret_key:
        return settings.secret_key
    path = settings.var / "secret-key"
    if not path.exists():
        settings.var.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()
