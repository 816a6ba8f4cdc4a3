"""A person's calendar as iCalendar text: codes and steps only, so that a stolen address tells no secret."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from icalendar import Calendar, Event

from webapp.core import clock
from webapp.core.languages import translate
from webapp.tasks.agenda import Day, Item
from webapp.tasks.states import TASK
from webapp.tasks.values import FEED_DUE, FEED_MEETING, FEED_MEETING_OPEN, FEED_NAME, FEED_OTHER


def write(items: Sequence[Item | Day], language: str, public_url: str) -> bytes:
    """All items as events; each keeps its identity, so that a calendar moves it instead of showing it twice."""
    calendar = Calendar()
    calendar.add("prodid", "-//Sunmao//Calendar//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", translate(language, FEED_NAME))
    for item in items:
        calendar.add_component(_event(item, language, public_url))
    text: bytes = calendar.to_ical()
    return text


def _event(item: Item | Day, language: str, public_url: str) -> Event:
    event = Event()
    event.add("uid", f"{item.kind}-{item.number}@sunmao")
    event.add("dtstamp", clock.now())
    if isinstance(item, Day):
        event.add("url", public_url + item.path)
        event.add("dtstart", item.day)
        event.add("summary", translate(language, FEED_OTHER, code=item.code, what=translate(language, item.words)))
        return event
    event.add("url", f"{public_url}/tasks/{item.task.id}")
    if item.at is None:
        event.add("dtstart", item.day)
        words = translate(language, FEED_DUE, code=item.task.code, step=translate(language, TASK.states[item.task.state]))
    else:
        event.add("dtstart", item.at)
        event.add("dtend", item.at + timedelta(minutes=item.minutes))
        event.add("status", "CONFIRMED" if item.state == "AGREED" else "TENTATIVE")
        words = translate(language, FEED_MEETING if item.state == "AGREED" else FEED_MEETING_OPEN, code=item.task.code)
    event.add("summary", words)
    return event
