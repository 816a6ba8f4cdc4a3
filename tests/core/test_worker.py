"""The worker's registry: every kind of job and every periodic task is done by one topic."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import FunctionType
from typing import Any

import pytest

from webapp.core import worker


def of_topic(topic: str) -> Callable[..., Any]:
    """A function that says it belongs to this module."""
    function = FunctionType((lambda *_: None).__code__, {"__name__": topic}, "do")
    function.__module__ = topic
    return function


def test_two_topics_cannot_do_jobs_of_one_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_handlers", {})
    worker.handler("look")(of_topic("webapp.a"))
    with pytest.raises(ValueError, match=r"look is done by webapp\.a already"):
        worker.handler("look")(of_topic("webapp.b"))
    worker.handler("look")(of_topic("webapp.a"))


def test_two_topics_cannot_have_one_periodic_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_periodic", {})
    worker.periodic("hourly", timedelta(hours=1))(of_topic("webapp.a"))
    with pytest.raises(ValueError, match="already"):
        worker.periodic("hourly", timedelta(hours=1))(of_topic("webapp.b"))
