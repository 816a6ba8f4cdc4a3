"""Filings: opened by the last signature, with the law's day, their packs as files, and reminders that come once for each mark."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta
from typing import Any

import pypdfium2
import pytest
from sqlalchemy import func, select

from tests.licences.conftest import START, World
from tests.licences.story import Story
from webapp.core import clock
from webapp.core.errors import AppError, Forbidden, Invalid, Stale
from webapp.core.states import Move
from webapp.licences import service_filing
from webapp.licences.filing_fields import FIELDS
from webapp.licences.models_papers import Filing
from webapp.licences.service_filing import FILING
from webapp.messages.models import Notice

TYPED = {
    "seller_country": "156", "seller_region": "370211", "seller_nature": "022", "buyer_country": "156", "buyer_region": "370211", "buyer_nature": "170",
    "technology": "05", "ip_class": "INVENTION", "source": "企业委托", "goal": "制造业", "added_input": "20", "added_output": "300.5",
}  # fmt: skip
NUMBER = "2025370211000123"


@pytest.fixture
def signed_story(world: World) -> Story:
    return Story(world).to("SIGNED")


def take(story: Story, action: str, kind: str = "REGISTRATION", who: str = "tto", **data: Any) -> Filing:
    with story.now():
        return service_filing.step(story.world.session, story.world.actor(who), story.licence, kind, action, {"on": clock.today()} | data)


def test_the_last_signature_opens_both_filings_and_the_patent_office_gives_three_months(signed_story: Story) -> None:
    rows = service_filing.filings(signed_story.world.session, signed_story.licence.id)
    signed = signed_story.licence.effective_on or date.min
    assert [(row.kind, row.state, row.due_on) for row in rows] == [("REGISTRATION", "NOT_FILED", None), ("CNIPA", "NOT_FILED", clock.add_months(signed, 3))]


def test_a_registration_walks_to_its_sixteen_digits(signed_story: Story) -> None:
    take(signed_story, "file")
    take(signed_story, "return", note="缺少技术资料清单。")
    take(signed_story, "file")
    take(signed_story, "accept")
    for wrong in ("", "123", "20253702110001234", "2025-370211-0001"):
        with pytest.raises(Invalid) as error:
            take(signed_story, "recognise", number=wrong)
        assert set(error.value.fields) == {"number"}
    row = take(signed_story, "recognise", number=NUMBER)
    assert (row.state, row.number) == ("RECOGNISED", NUMBER)
    assert take(signed_story, "amend", note="金额确定，办理变更。").state == "AMENDED"


WAYS = {"NOT_FILED": (), "FILED": ("file",), "RETURNED": ("file", "return"), "ACCEPTED": ("file", "accept"), "RECOGNISED": ("file", "recognise"), "AMENDED": ("file", "recognise", "amend")}


@pytest.mark.parametrize("move", FILING.moves, ids=lambda move: f"{move.source}-{move.action}")
def test_every_row_of_the_table_of_filings_is_taken(signed_story: Story, move: Move) -> None:
    for action in (*WAYS[move.source], move.action):
        row = take(signed_story, action, number=NUMBER, note="登记机构的意见。")
    assert row.state == move.target


@pytest.mark.parametrize("action", ["recognise", "accept", "return", "amend"])
def test_nothing_is_decided_before_it_was_filed(signed_story: Story, action: str) -> None:
    with pytest.raises(AppError):
        take(signed_story, action, number=NUMBER, note="没有申报过。")


@pytest.mark.parametrize("who", ["company", "broker", "operator", "auditor", "researcher"])
def test_only_the_schools_office_files(signed_story: Story, who: str) -> None:
    with pytest.raises(Forbidden):
        take(signed_story, "file", who=who)


@pytest.mark.parametrize(("field", "value"), [("seller_region", "37021"), ("buyer_country", "CN"), ("buyer_nature", "999"), ("technology", ""), ("ip_class", "X"), ("added_input", "很多")])
def test_each_field_has_its_rule(signed_story: Story, field: str, value: str) -> None:
    with pytest.raises(Invalid) as error:
        service_filing.write(signed_story.world.session, signed_story.world.actor("tto"), signed_story.licence, "REGISTRATION", TYPED | {field: value})
    assert set(error.value.fields) == {field}


def test_two_who_fill_the_form_at_once_are_told(signed_story: Story) -> None:
    session, tto, licence = signed_story.world.session, signed_story.world.actor("tto"), signed_story.licence
    version = service_filing.find(session, licence, "REGISTRATION").version
    service_filing.write(session, tto, licence, "REGISTRATION", TYPED, version)
    with pytest.raises(Stale):
        service_filing.write(session, tto, licence, "REGISTRATION", TYPED, version)


@pytest.mark.parametrize("kind", ["REGISTRATION", "CNIPA"])
def test_the_pack_holds_the_form_in_three_ways_and_the_contract_signed(signed_story: Story, kind: str) -> None:
    session, tto, licence = signed_story.world.session, signed_story.world.actor("tto"), signed_story.licence
    row = service_filing.write(session, tto, licence, kind, TYPED)
    archive = zipfile.ZipFile(io.BytesIO(service_filing.pack(session, tto, licence, row, "zh_CN")))
    assert set(archive.namelist()) == {"form.pdf", "form.docx", "form.csv", "contract.pdf", "contract.txt"}
    assert archive.read("contract.txt").decode() == licence.contract_text
    table = archive.read("form.csv").decode("utf-8-sig").splitlines()
    assert len(table) == len(FIELDS)
    assert "合同成交额（元）,1000000.00" in table
    assert "卖方区划代码,370211" in table
    page = pypdfium2.PdfDocument(archive.read("form.pdf"))[0].get_textpage().get_text_bounded()
    assert licence.licensee.name in page.replace(" ", "")
    assert "300.5" in page


def test_the_school_is_reminded_once_for_each_mark_and_once_when_late(signed_story: Story) -> None:
    world = signed_story.world
    due = service_filing.find(world.session, signed_story.licence, "CNIPA").due_on
    assert due

    def told(days: int) -> int:
        moment = START + (due - clock.local(START).date()) + timedelta(days=days)
        with clock.frozen(moment):
            return service_filing.remind(world.session, world.settings)

    assert [told(days) for days in (-31, -30, -30, -8, -7, 0, 0, 1, 40)] == [0, 1, 0, 0, 1, 1, 0, 1, 0]
    found = world.session.scalar(select(func.count()).select_from(Notice).where(Notice.kind == "licence_remind_filing", Notice.person_id == world.people["tto"].id))
    assert found == 4


def test_after_a_long_pause_one_reminder_comes_not_four(signed_story: Story) -> None:
    world = signed_story.world
    with clock.frozen(START + timedelta(days=400)):
        assert service_filing.remind(world.session, world.settings) == 1
        assert service_filing.remind(world.session, world.settings) == 0


def test_what_was_filed_in_time_is_not_reminded(signed_story: Story) -> None:
    take(signed_story, "file", kind="CNIPA")
    with clock.frozen(START + timedelta(days=400)):
        assert service_filing.remind(signed_story.world.session, signed_story.world.settings) == 0
