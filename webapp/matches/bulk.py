"""One verdict on many matches: each stands or falls by itself, and what was left out is told with its cause."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from webapp.core import policy
from webapp.core.errors import N_, AppError, Invalid
from webapp.core.policy import Actor
from webapp.matches import answers, claims, verdicts
from webapp.matches.models import Match

MOST = 100
ACTS = ("shortlist", "reject", "review", "claim", "release", "recommend", "undo", "hand_over")


@dataclass
class Outcome:
    """Which matches the act was done to, and the error of each of the others."""

    done: list[int] = field(default_factory=list)
    left: list[tuple[int, AppError]] = field(default_factory=list)


def chosen(raw: Iterable[str]) -> list[int]:
    """The numbers ticked, each once; rubbish is left out."""
    found = dict.fromkeys(int(one) for one in raw if one.isascii() and one.isdigit() and 0 < int(one) < 2**62)
    return list(found)


def act(session: Session, actor: Actor, action: str, ids: list[int], **given: Any) -> Outcome:
    """Do one act to many matches, each in a savepoint of its own."""
    policy.check(actor, "match:queue")
    if action not in ACTS:
        raise Invalid(N_("请选择要做什么。"), code="bulk_action")
    if not ids:
        raise Invalid(N_("请先勾选几对。"), code="bulk_nothing")
    if len(ids) > MOST:
        raise Invalid(N_("一次最多处理 %(n)s 对。"), code="bulk_too_many", n=MOST)
    if action == "reject":  # what is wrong with the reason is wrong for all of them
        verdicts.checked("reject", given.get("reason", ""), given.get("note", ""))
    outcome = Outcome()
    for match_id in ids:
        try:
            with session.begin_nested():
                _deed(session, actor, action, policy.find(session, actor, Match, match_id), given)
                session.flush()
            outcome.done.append(match_id)
        except (AppError, StaleDataError) as error:
            told = error if isinstance(error, AppError) else Invalid(N_("别人刚刚改过。"), code="stale")
            outcome.left.append((match_id, told))
    return outcome


def _deed(session: Session, actor: Actor, action: str, match: Match, given: dict[str, Any]) -> None:
    settings = given.get("settings", claims.DEFAULTS)
    deeds: dict[str, Callable[[], Any]] = {
        "shortlist": lambda: verdicts.judge(session, actor, match, "shortlist"),
        "reject": lambda: verdicts.judge(session, actor, match, "reject", given.get("reason", ""), given.get("note", "")),
        "review": lambda: verdicts.put_aside(session, actor, match, settings),
        "claim": lambda: claims.claim(session, actor, match, settings=settings),
        "release": lambda: claims.release(session, actor, match),
        "recommend": lambda: answers.recommend(session, actor, match, settings.match_reply_days),
        "undo": lambda: verdicts.undo(session, actor, match, settings),
        "hand_over": lambda: claims.hand_over(session, actor, match, given.get("to"), given.get("note", ""), settings),
    }
    deeds[action]()
