"""Deals told step by step: a clock to move and short words for what the parties do, for tests that walk long ways."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from tests import makers
from tests.licences.conftest import START, World
from webapp.core import clock
from webapp.core.policy import ANONYMOUS
from webapp.licences import outlook_money, service
from webapp.licences.models import Licence

BANK = iter(range(1, 10**9))


class Story:
    """One deal of its own company, with its own clock."""

    def __init__(self, world: World, day: int = 0) -> None:
        self.world, self.day = world, day
        company = makers.organisation(world.session, "COMPANY", uscc=uscc(world))
        world.people["company"] = self.person = makers.person(world.session, "company_user", company)
        self.licence: Licence

    @contextmanager
    def now(self) -> Iterator[None]:
        """The story's present."""
        with clock.frozen(START + timedelta(days=self.day)):
            yield

    def later(self, days: int) -> Story:
        """Time passes and does its work."""
        self.day += days
        with self.now():
            if hasattr(self, "licence"):
                self.world.tick(self.licence)
        return self

    def apply(self, **changes: Any) -> Story:
        """The company applies."""
        with self.now():
            self.licence = self.world.apply(**changes)
        return self

    def do(self, *deeds: str, **data: Any) -> Story:
        """`company:report` … one after the other, on the same day; `data` is for the last of them."""
        for deed in deeds:
            who, action = deed.split(":")
            with self.now():
                self.world.people["company"] = self.person
                self.world.act(self.licence, who, action, **(data if deed is deeds[-1] else {}))
        return self

    def sign(self) -> Story:
        """Every side signs."""
        with self.now():
            self.world.people["company"] = self.person
            self.world.sign(self.licence)
        return self

    def object(self, text: str = "该成果系合作研发，另一单位未同意。") -> int:
        """Somebody objects to the notice that runs; returns the objection's number."""
        data = {"name": "示例异议人", "contact": "0532-0000", "text": text, "challenged": "RESULT"}
        with self.now():
            return service.object_to(self.world.session, ANONYMOUS, self.licence.notices[-1], data, self.world.settings).id

    def decide(self, objection: int, decision: str) -> Story:
        """The school decides an objection."""
        return self.do("tto:decide", objection_id=objection, decision=decision, decision_text="经核实不影响许可。")

    def pay(self, share: int = 100, **data: Any) -> Story:
        """The next open instalment is paid, in whole or to so many per cent."""
        row = outlook_money.open_instalments(self.licence)[0]
        fen = max(1, (row.amount_fen - row.received_fen) * share // 100)
        with self.now():
            money = {"instalment_id": row.id, "amount": f"{fen // 100}.{fen % 100:02d}", "received_on": clock.today()}
        return self.do("tto:receipt", **money, reference=f"BANK{next(BANK):08d}", **data)

    def schedule(self, months: int = 1) -> Story:
        """The school's payment schedule."""
        with self.now():
            first = service.first_due(self.licence)
        return self.do("tto:schedule", first_due=first, months=str(months))

    def to(self, place: str, **changes: Any) -> Story:
        """Walk the ordinary way as far as this state."""
        ways = {
            "ELIGIBILITY": lambda: self.apply(**changes), "INST_REVIEW": lambda: self.do("broker:check", "operator:confirm"),
            "NOTICE": lambda: self.do("tto:approve"), "SIGNING": lambda: self.later(20), "SIGNED": self.sign,
            "DELIVERING": lambda: self.do("tto:deliver"), "TRIAL": lambda: self.do("company:receive"),
        }  # fmt: skip
        for state, way in ways.items():
            way()
            assert self.licence.state == state, (state, self.licence.state)
            if state == place:
                break
        return self

    def evaluation(self, **changes: Any) -> Story:
        """An ordinary trial that has come to its end without a payment trigger."""
        return self.to("TRIAL", **({"trigger": "FIRST_REVENUE"} | changes)).later(370)

    def overdue(self, **changes: Any) -> Story:
        """A licence whose first instalment was not paid."""
        self.evaluation(**({"instalment_count": "2"} | changes)).do("company:continue")
        return self.schedule().later(60)


def uscc(world: World) -> str:
    """Another valid company code each time."""
    from stdnum.cn import uscc as codes

    number = world.session.info["companies"] = world.session.info.get("companies", 0) + 1
    body = f"91370211MA{number:07d}"
    return body + codes.calc_check_digit(body)
