"""The demonstration's watched searches: saved once for people of the examples, asking for something, and told of what is indexed after them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

import seed
from seed import watches
from webapp.accounts import service as accounts
from webapp.core import worker
from webapp.core.policy import SYSTEM
from webapp.core.worker import Context
from webapp.discovery.asked import address, asked
from webapp.discovery.models import SavedSearch
from webapp.messages.models import Notice

Make = Callable[..., Any]
DOMAIN = "sunmao.example"


def test_watched_searches_belong_to_example_people_and_their_addresses_ask_what_they_say() -> None:
    people = json.loads((Path(seed.__file__).parent / "examples/people.json").read_text("utf-8"))["people"]
    assert {login for login, _, _ in watches.WATCHED} <= {row["login"] for row in people}
    for _, wanted, _ in watches.WATCHED:
        lists = {name: value if isinstance(value, list) else [value] for name, value in wanted.items()}
        assert address(asked(lists, SYSTEM)) == wanted


def test_what_is_indexed_after_a_watched_search_of_the_demonstration_is_told(
    context: Context, make_organisation: Make, make_result: Make
) -> None:
    with context.database.transaction() as session:
        homes = {"co-offshore": ("COMPANY", "company_user"), "tto-upc": ("SCHOOL", "tto")}
        for login, (kind, role) in homes.items():
            person = accounts.add_person(session, SYSTEM, f"{login}@{DOMAIN}", f"示例{login}", "x", "zh_CN")
            accounts.join(session, SYSTEM, person, make_organisation(session, kind), role)
        for _ in range(2):
            watches.load(session, context.engines["index"], context.settings, DOMAIN)
        make_result(session, title="导管架飞溅区防腐涂层")
    worker.drain(context)
    with context.database.transaction(write=False) as session:
        assert session.scalar(select(func.count()).select_from(SavedSearch)) == len(watches.WATCHED)
        told = session.scalars(select(Notice).where(Notice.kind.in_(("search_one", "search_many")))).all()
        assert [accounts.person_as(session, f"co-offshore@{DOMAIN}").person_id] == [notice.person_id for notice in told]
