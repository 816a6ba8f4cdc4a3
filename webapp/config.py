"""Every setting of the platform: its name, type, default and meaning, read from SUNMAO_ environment variables."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

PREFIX = "SUNMAO_"
# What the law asks for: logs half a year, transactions three years; contracts and public notices ten years by our own rule.
LEAST_MONTHS = {"keep_log_months": 6, "keep_message_months": 6, "keep_deal_months": 36, "keep_contract_months": 120}


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
    secure_cookies: bool = _setting(False, "set to true behind TLS: cookies then travel over TLS only, and browsers are told to use nothing else")
    proxies: int = _setting(0, "reverse proxies in front whose forwarded address and scheme are believed")
    sign_in_hours: int = _setting(12, "hours a sign-in lasts that was not asked to stay")
    sign_in_days: int = _setting(30, "days a sign-in lasts that was asked to stay")
    sign_in_idle_hours: int = _setting(72, "hours without a page after which a sign-in ends")
    lock_after: int = _setting(10, "failed tries for one address or one second factor before a pause")
    lock_minutes: int = _setting(15, "minutes of that pause, and in which failures are counted together")
    rate_sign_in: str = _setting("120 per minute;1000 per hour", "most sign-in tries from one network address")
    rate_register: str = _setting("30 per hour", "most registrations from one network address")
    rate_mail: str = _setting("30 per hour", "most requests for confirmation and reset mails from one network address")
    rate_read: str = _setting("1200 per minute", "most pages one signed-in person opens")
    rate_post: str = _setting("300 per minute", "most forms one signed-in person sends")
    rate_storage: str = _setting("memory://", "where rates are counted: memory of each process, or redis://host")
    password_least: int = _setting(8, "least characters of a password")
    confirm_days: int = _setting(2, "days a confirmation link is valid")
    reset_hours: int = _setting(24, "hours a link to set a new password is valid")
    fresh_minutes: int = _setting(60, "minutes after which security settings ask for the password again")
    second_factor_roles: str = _setting("", "roles that must use a second factor, separated by commas")
    invite_days: int = _setting(14, "days an invitation to an organisation is valid")
    figures_minutes: int = _setting(10, "minutes after which the aggregates of the figures are counted again even if nothing seems to have changed")
    figures_late_minutes: int = _setting(30, "minutes without a new count after which the screen says that its figures are late")
    goal_slow_percent: int = _setting(85, "per cent of what should be reached today below which a 2028 target counts as clearly behind")
    keep_log_months: int = _setting(12, "months sign-ins and looks at confidential text are kept; at least 6")
    keep_message_months: int = _setting(12, "months mails and read notices are kept; at least 6")
    keep_deal_months: int = _setting(60, "months of records of tasks and answered joinings after their end; at least 36")
    keep_contract_months: int = _setting(144, "months contracts, notices and approvals are kept after their end; at least 120")
    demo: bool = _setting(False, "demonstration: demo accounts, and an operator may move the clock forward")
    language: str = _setting("zh_CN", "language when the browser names none we have")
    clamd: str = _setting("", "address of the virus scanner clamd, host:port or the path of its socket; empty: none")
    upload_max_mb: int = _setting(100, "largest file a page accepts, in megabytes")
    attachments_most: int = _setting(20, "most attachments one row may have")
    attachment_keep_days: int = _setting(30, "days the content of a removed attachment is kept before it is deleted for good")
    attachment_text_max: int = _setting(200_000, "most characters of an attachment that are searched")
    attachment_memory_mb: int = _setting(512, "memory the reader of one attachment may take, in megabytes")
    attachment_seconds: int = _setting(20, "processor seconds the reader of one attachment may take")
    import_max_rows: int = _setting(200_000, "most rows one import file may hold")
    export_max_rows: int = _setting(20_000, "most rows one export of a list may hold")
    import_slice: int = _setting(1000, "rows stored per transaction of an import")
    text_max: int = _setting(20_000, "most characters in one long text field")
    match_top: int = _setting(20, "results kept per demand")
    match_reply_days: int = _setting(14, "days both sides have to answer a recommendation")
    match_remind_days: int = _setting(7, "days after which a side that has not answered a recommendation is reminded")
    match_last_days: int = _setting(2, "days before the end at which such a side is reminded once more")
    match_claim_days: int = _setting(3, "days a broker may hold a match before giving a verdict; then anybody may take it")
    match_claim_most: int = _setting(30, "most matches a broker may hold without a verdict")
    match_suitable_grade: int = _setting(2, "grade from which a match counts as suitable: below, the demand is watched")
    match_learn_hours: int = _setting(24, "hours between two versions of what the ranking learns from verdicts")
    match_least_score: float = _setting(0.12, "pairs scoring below are not shown as matches")
    result_valid_months: int = _setting(12, "months a published result stays valid before it must be confirmed")
    clarity_line: int = _setting(60, "clarity of a demand from which a broker can work with it; below it the coach says so")
    clarity_good: int = _setting(80, "clarity of a demand from which matches get markedly better")
    remind_days: int = _setting(30, "days before a row's validity ends at which its owner is asked whether it still holds")
    fresh_link_days: int = _setting(45, "days the link in that mail works")
    stale_months: int = _setting(6, "months without confirmation after which a row counts as stale in the public rate")
    rights_remind_days: int = _setting(30, "days before a right expires or its annual fee is due at which the owner is told")
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
    statement_days: int = _setting(30, "days after a royalty period before its statement is late")
    income_notice_working_days: int = _setting(15, "working days the division of a licence's income is on notice before it is approved")
    signing_code: bool = _setting(True, "whoever signs a licence contract on the platform enters a code that was mailed to them")
    signing_days: int = _setting(30, "days both sides have to sign before the licence is cancelled")
    draft_days: int = _setting(30, "days a returned application waits before it lapses")
    objection_working_days: int = _setting(15, "working days a school has to decide an objection")
    delivery_working_days: int = _setting(10, "working days to hand over, and to confirm receipt")
    dispute_working_days: int = _setting(15, "working days to decide a contested payment trigger")
    suspended_working_days: int = _setting(15, "working days to decide about a suspended trial")
    schedule_working_days: int = _setting(10, "working days a school has to issue the payment schedule")
    exit_working_days: int = _setting(10, "working days a school has to confirm an exit")
    cure_days: int = _setting(30, "days to put right what a trial was suspended for")
    extension_working_days: int = _setting(10, "working days a school has to answer a wish to extend or convert")
    most_extensions: int = _setting(1, "how often a trial may be extended")
    conversion_days: int = _setting(90, "days to negotiate the deal a licence is converted to")
    run_off_days: int = _setting(30, "days to sell off stock after the exit from a trial")
    default_after_days: int = _setting(60, "days after the due date before a school may declare a default")
    missed_reports: int = _setting(2, "missed usage reports in a row that allow a suspension")
    default_working_days: int = _setting(15, "working days for each step after a default")
    task_accept_days: int = _setting(2, "working days a broker has to accept a task")
    task_contact_days: int = _setting(5, "working days to the first contact of a task")
    task_quiet_days: int = _setting(10, "working days without a log entry before a task turns amber")
    task_silent_days: int = _setting(20, "working days without a log entry before a task turns red")
    task_hold_days: int = _setting(60, "most days a task may be on hold")
    task_follow_months: str = _setting("3,6,12", "months after the deal at which a broker looks at it again")
    smtp_url: str = _setting("", "mail server: smtp://, smtp+starttls:// or smtps://user:password@host:port; empty: files in var/mail")
    mail_from: str = _setting("sunmao@localhost", "sender of mails")
    mail_give_up_hours: int = _setting(72, "hours a mail is tried while the mail server does not take it")
    disk_least_mb: int = _setting(1024, "free megabytes below which operators are warned")
    backup_days: int = _setting(7, "days without a backup after which operators are warned")
    saved_searches_most: int = _setting(50, "searches one person may watch")
    saved_search_known: int = _setting(5000, "rows a saved search remembers as no news; beyond, news are rows published since")
    search_alert_minutes: int = _setting(60, "least minutes between two notices of one saved search")
    search_alerts_daily: int = _setting(5, "most notices of saved searches a person gets a day; the rest comes the next day")
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
    for name, least in LEAST_MONTHS.items():
        if getattr(settings, name) < least:
            raise SettingsError(f"{PREFIX}{name.upper()}: the law asks for at least {least} months")
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
