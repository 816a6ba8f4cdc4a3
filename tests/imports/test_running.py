"""Batches are stored slice by slice: once whatever happens, with every refused row kept, for the right owner."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, select

from tests import makers
from tests.imports.conftest import all_jobs, how_many, outcome
from tests.imports.files import HEADER, csv_text, numbered, xlsx
from webapp.accounts.models import Organisation
from webapp.catalog.models import Demand, Result
from webapp.core import outbox
from webapp.core.audit import AuditEvent
from webapp.core.errors import Forbidden, Invalid
from webapp.core.outbox import Job
from webapp.core.worker import Context
from webapp.imports import jobs, reading, running, service
from webapp.imports.models import ImportBatch
from webapp.messages.models import Notice

BringIn = Callable[..., dict[str, Any]]


def content(rows: list[list[str]]) -> bytes:
    return csv_text(rows).encode()


def result(context: Context, external_id: str) -> Result:
    with context.database.transaction(write=False) as session:
        return session.scalars(select(Result).where(Result.external_id == external_id)).unique().one()


def test_every_row_is_stored_published_and_searched_but_matched_only_once(context: Context, bring_in: BringIn) -> None:
    assert bring_in("results", content(numbered(7))) == {
        "state": "DONE", "read": 7, "created": 7, "updated": 0, "unchanged": 0, "refused": [],
    }  # fmt: skip
    assert result(context, "A5").state == "PUBLISHED"
    assert all_jobs(context) == [("index", "organisation"), *[("index", "result")] * 7, ("rematch_all", "match"), *[("twins", "result")] * 7]


def test_demands_are_published_open_and_matched_once_too(context: Context, bring_in: BringIn) -> None:
    bring_in("demands", content([["编号", "需求名称", "需求描述"], *[[str(n), f"示例需求{n}", ""] for n in range(4)]]))
    assert all_jobs(context) == [*[("index", "demand")] * 4, ("index", "organisation"), ("rematch_all", "match"), *[("twins", "demand")] * 4]
    with context.database.transaction() as session:
        assert set(session.scalars(select(Demand.state))) == {"OPEN"}


def test_the_same_file_twice_changes_nothing_and_leaves_no_work(context: Context, bring_in: BringIn) -> None:
    bring_in("results", content(numbered(7)))
    version = result(context, "A5").version
    with context.database.transaction() as session:
        session.execute(delete(Job))
    assert bring_in("results", content(numbered(7)))["unchanged"] == 7
    assert (how_many(context), result(context, "A5").version, all_jobs(context)) == (7, version, [])


def test_a_changed_row_is_updated_and_only_that_one(context: Context, bring_in: BringIn) -> None:
    rows = numbered(7)
    bring_in("results", content(rows))
    rows[4][2] = "改过的说明。"
    found = bring_in("results", content(rows))
    assert (found["updated"], found["unchanged"]) == (1, 6)
    assert result(context, "A4").summary == "改过的说明。"


def test_the_same_numbers_of_another_source_are_other_rows(context: Context, bring_in: BringIn) -> None:
    bring_in("results", content(numbered(2)))
    assert bring_in("results", content(numbered(2)), source="other")["created"] == 2
    assert how_many(context) == 4


def test_bad_rows_are_kept_with_line_column_and_reason_and_good_ones_stored(context: Context, bring_in: BringIn) -> None:
    rows = [[*HEADER, "成熟度"], ["1", "甲", "", "7"], ["2", "", "说明", ""], ["3", "丙", "", "十"], ["4", "丁", "", ""]]
    found = bring_in("results", content(rows))
    assert (found["created"], [(line, column) for line, column, _ in found["refused"]]) == (2, [(3, "成果名称"), (4, "成熟度")])
    assert "名称是空的" in found["refused"][0][2]


def test_one_number_with_two_contents_is_refused_the_second_time(context: Context, bring_in: BringIn) -> None:
    rows = [list(HEADER), ["1", "甲", "a"], ["1", "甲", "a"], ["2", "乙", ""], ["3", "丙", ""], ["1", "甲", "b"]]
    found = bring_in("results", content(rows))
    assert (found["created"], found["unchanged"], how_many(context)) == (3, 1, 3)
    assert found["refused"] == [(6, "编号", "编号“1”在第 2 行出现过，而内容不同。请改编号，或只留一行。")]
    assert result(context, "1").summary == "a"


def test_a_refused_row_does_not_take_its_number_from_a_good_one(context: Context, bring_in: BringIn) -> None:
    rows = [list(HEADER), ["1", "", "a"], ["1", "甲", "b"]]
    assert bring_in("results", content(rows))["created"] == 1


def test_rows_without_numbers_are_recognised_by_what_they_say(context: Context, bring_in: BringIn) -> None:
    rows = [["需求名称", "需求描述"], ["防腐", "说明一"], ["防腐", "说明二"], ["除锈", ""]]
    assert bring_in("demands", content(rows))["created"] == 3
    assert bring_in("demands", content(rows))["unchanged"] == 3
    assert how_many(context, Demand) == 3


def test_an_interrupted_import_goes_on_at_its_cursor(context: Context, take_in: Callable[..., int]) -> None:
    rows = numbered(8)
    rows.append(["A1", "别的名称", "与第一行编号相同"])
    batch_id = take_in("results", content(rows))
    assert jobs.advance(context, batch_id, 1)
    assert (outcome(context, batch_id)["state"], how_many(context)) == ("RUNNING", 3)
    with context.database.transaction(write=False) as session:
        opened = running.open_run(session, context.settings, session.get_one(ImportBatch, batch_id))
    with pytest.raises(RuntimeError), context.database.transaction() as session:
        running.run_slice(session, opened, context.settings)
        raise RuntimeError("killed before the commit")
    assert outcome(context, batch_id)["read"] == 3
    jobs.advance(context, batch_id)
    found = outcome(context, batch_id)
    assert (found["state"], found["read"], found["created"], how_many(context)) == ("DONE", 9, 8, 8)
    assert [line for line, _, _ in found["refused"]] == [10]


def test_two_processes_at_one_batch_store_no_row_twice(context: Context, take_in: Callable[..., int]) -> None:
    batch_id = take_in("results", content(numbered(7)))
    jobs.advance(context, batch_id, 1)
    with context.database.transaction(write=False) as session:
        slow = running.open_run(session, context.settings, session.get_one(ImportBatch, batch_id))
    jobs.advance(context, batch_id)
    with pytest.raises(running.MovedOn), context.database.transaction() as session:
        running.run_slice(session, slow, context.settings)
    assert (outcome(context, batch_id)["created"], how_many(context)) == (7, 7)


def test_the_worker_stores_some_slices_and_queues_the_rest_behind_other_work(
    context: Context, take_in: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "TURN", 2)
    batch_id = take_in("results", content(numbered(8)))
    with context.database.transaction() as session:
        session.execute(delete(Job))
    jobs.run(context, [("import_batch", batch_id)])
    assert outcome(context, batch_id)["read"] == 6
    with context.database.transaction() as session:
        assert session.scalars(select(Job.row_id).where(Job.kind == "import")).all() == [batch_id]
        session.execute(delete(Job))
    jobs.run(context, [("import_batch", batch_id)])
    assert outcome(context, batch_id)["state"] == "DONE"
    jobs.run(context, [("import_batch", batch_id), ("import_batch", 4711)])
    assert how_many(context) == 8


def test_a_batch_whose_process_died_is_queued_again(context: Context, take_in: Callable[..., int]) -> None:
    with context.database.transaction() as session:
        operator = makers.actor(session, "operator")
    batch_id = take_in("results", content(numbered(4)), operator)
    jobs.advance(context, batch_id, 1)
    with context.database.transaction() as session:
        session.execute(delete(Job))
        session.get_one(ImportBatch, batch_id).updated_at -= service.timedelta(minutes=11)
    jobs.resume(context)
    with context.database.transaction() as session:
        assert [job.row_id for job in outbox.take(session, "import", 5, 60)] == [batch_id]


def test_a_file_that_is_gone_ends_the_batch_with_a_sentence_and_tells_its_owner(context: Context, take_in: Callable[..., int]) -> None:
    with context.database.transaction() as session:
        operator = makers.actor(session, "operator")
    batch_id = take_in("results", content(numbered(4)), operator)
    with context.database.transaction() as session:
        batch = session.get_one(ImportBatch, batch_id)
        service.store_of(context.settings).path(batch.sha256).unlink()
    jobs.advance(context, batch_id)
    with context.database.transaction() as session:
        batch = session.get_one(ImportBatch, batch_id)
        assert (batch.state, "重新上传" in service.told(batch.message, "zh_CN")) == ("FAILED", True)
        assert session.scalars(select(Notice.kind).where(Notice.person_id == operator.person_id)).all() == ["import_failed"]


def test_who_imports_is_told_when_it_is_done(context: Context, bring_in: BringIn) -> None:
    with context.database.transaction() as session:
        operator = makers.actor(session, "operator")
    bring_in("results", content(numbered(2)), operator)
    with context.database.transaction() as session:
        notice = session.scalars(select(Notice).where(Notice.person_id == operator.person_id)).one()
        assert (notice.kind, notice.params["created"]) == ("import_done", 2)
        done = session.scalars(select(AuditEvent).where(AuditEvent.action == "import:finish")).one()
        assert (done.person_id, done.facts["created"]) == (operator.person_id, 2)


@pytest.mark.parametrize(
    ("rows", "code"), [([list(HEADER)], "file_no_rows"), (numbered(5), "file_rows"), ([["编号", "成果名称"], ["", ""]], "file_no_rows")]
)
def test_a_file_without_rows_or_with_too_many_is_refused_and_not_kept(context: Context, rows: list[list[str]], code: str) -> None:
    settings = replace(context.settings, import_max_rows=4)
    with pytest.raises(Invalid) as told, context.database.transaction() as session:
        service.start(session, running.SYSTEM, settings, service.Incoming("results", "a.csv", "a", io.BytesIO(content(rows))))
    assert told.value.code == code
    assert not [path for path in (settings.var / "files").rglob("*") if path.is_file()]


def test_a_workbook_is_imported_like_a_csv(context: Context, bring_in: BringIn) -> None:
    assert bring_in("results", xlsx([["2026 年汇总"], *numbered(4)]))["created"] == 4
    assert bring_in("results", content(numbered(4)))["unchanged"] == 4


def test_rows_belong_to_the_organisation_they_name_exactly_else_to_nobody_yet(context: Context, bring_in: BringIn) -> None:
    with context.database.transaction() as session:
        school = makers.organisation(session, "SCHOOL", name="示例海洋大学")
        makers.organisation(session, "COMPANY", name="示例同名单位")
        for _ in range(2):
            makers.organisation(session, "SCHOOL", name="示例双名学院")
        school_id = school.id
    units = ["示例海洋大学", "示例同名单位", "示例双名学院", ""]
    rows = [[*HEADER, "单位"], *[[str(n), f"成果{n}", "", unit] for n, unit in enumerate(units)]]
    bring_in("results", content(rows))
    assert (result(context, "0").organisation_id, result(context, "0").department) == (school_id, "")
    for number, unit in enumerate(units[1:], 1):
        found = result(context, str(number))
        assert (found.organisation.code, found.organisation.verified_at, found.department) == ("import-results", None, unit)


def test_an_unclaimed_demand_keeps_its_companys_name_out_of_sight(context: Context, bring_in: BringIn) -> None:
    bring_in("demands", content([["编号", "需求名称", "企业名称", "联系人"], ["1", "防腐", "示例某厂", "示例一"]]))
    with context.database.transaction() as session:
        demand = session.scalars(select(Demand)).unique().one()
        assert (demand.organisation.code, demand.contact, demand.confidentiality) == ("import-demands", "示例某厂 示例一", 1)


def test_a_row_that_found_its_owner_keeps_it(context: Context, bring_in: BringIn) -> None:
    rows = [[*HEADER, "单位"], ["1", "甲", "", "示例新学院"]]
    bring_in("results", content(rows))
    with context.database.transaction() as session:
        claimed = makers.organisation(session, "SCHOOL", name="示例新学院")
        session.scalars(select(Result)).unique().one().organisation = claimed
    assert bring_in("results", content(rows))["unchanged"] == 1


def test_an_office_imports_for_its_own_school_whatever_the_rows_say(context: Context, bring_in: BringIn) -> None:
    with context.database.transaction() as session:
        other = makers.organisation(session, "SCHOOL", name="示例别校")
        office = makers.actor(session, "tto", makers.organisation(session, "SCHOOL", name="示例本校"))
        other_id = other.id
    rows = [[*HEADER, "单位"], ["1", "甲", "", "示例别校"]]
    bring_in("results", content(rows), office)
    found = result(context, "1")
    assert (found.organisation_id, found.department) == (office.organisation_id, "示例别校")
    assert (found.organisation_id, found.state, found.created_by_id) != (other_id, "PUBLISHED", None)


def test_nobody_changes_another_organisations_row_through_its_source_and_number(context: Context, bring_in: BringIn) -> None:
    with context.database.transaction() as session:
        first, second = (makers.actor(session, "tto", makers.organisation(session, "SCHOOL")) for _ in range(2))
    bring_in("results", content(numbered(1)), first, source="shared")
    found = bring_in("results", content([list(HEADER), ["A1", "别人的改动", ""]]), second, source="shared")
    assert (found["updated"], [column for _, column, _ in found["refused"]]) == (0, ["编号"])
    assert result(context, "A1").title == "示例成果1号"


def test_a_companys_demands_wait_as_drafts_for_its_own_review(context: Context, bring_in: BringIn) -> None:
    with context.database.transaction() as session:
        makers.industry(session)
        company = makers.actor(session, "company_admin")
    assert bring_in("demands", content([["需求名称"], ["防腐"]]), company)["created"] == 1
    with context.database.transaction() as session:
        demand = session.scalars(select(Demand)).unique().one()
        assert (demand.state, demand.organisation_id, demand.created_by_id) == ("DRAFT", company.organisation_id, company.person_id)


@pytest.mark.parametrize(("role", "kind"), [("tto", "demands"), ("company_admin", "results"), ("broker", "results"), ("researcher", "results")])
def test_who_may_not_import_a_kind_is_refused(context: Context, take_in: Callable[..., int], role: str, kind: str) -> None:
    with context.database.transaction() as session:
        actor = makers.actor(session, role)
    with pytest.raises(Forbidden):
        take_in(kind, content(numbered(1)), actor)


def test_an_office_whose_role_was_taken_away_stores_nothing_more(context: Context, take_in: Callable[..., int]) -> None:
    with context.database.transaction() as session:
        person = makers.person(session, "tto")
        actor = running.accounts.actor_for(session, person, None)
        person_id = person.id
    batch_id = take_in("results", content(numbered(2)), actor)
    with context.database.transaction() as session:
        for membership in running.accounts.memberships(session, person_id):
            membership.active = False
    jobs.advance(context, batch_id)
    assert (outcome(context, batch_id)["state"], how_many(context)) == ("FAILED", 0)


def test_the_holding_organisation_is_made_once(context: Context, bring_in: BringIn) -> None:
    bring_in("results", content(numbered(4)))
    bring_in("results", content(numbered(4)), source="other")
    with context.database.transaction() as session:
        assert len(session.scalars(select(Organisation).where(Organisation.code == "import-results")).all()) == 1


def test_rows_of_a_file_that_is_still_being_stored_are_indexed_once_it_is_through(context: Context, take_in: Callable[..., int]) -> None:
    batch_id = take_in("results", content(numbered(8)))
    jobs.advance(context, batch_id, 2)
    with context.database.transaction() as session:
        assert [job for job in outbox.take(session, "index", 50, 60) if job.model == "result"] == []
    jobs.advance(context, batch_id)
    with context.database.transaction() as session:
        assert len([job for job in outbox.take(session, "index", 50, 60) if job.model == "result"]) == 8


def test_a_turn_goes_on_where_the_turn_before_stopped_without_reading_it_again(
    context: Context, take_in: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = take_in("results", content(numbered(8)))
    opened: list[int] = []
    monkeypatch.setattr(running, "open_run", lambda *given, first=running.open_run: opened.append(1) or first(*given))
    for _ in range(3):
        jobs.advance(context, batch_id, 1)
    assert (len(opened), outcome(context, batch_id)["created"]) == (1, 8)


def test_a_workbook_is_taken_apart_once(context: Context, take_in: Callable[..., int], monkeypatch: pytest.MonkeyPatch) -> None:
    batch_id = take_in("results", xlsx([], numbered(8)))

    def twice(_path: Any) -> Any:
        raise AssertionError("the workbook was opened again")

    monkeypatch.setattr(reading.excel, "records", twice)
    jobs.advance(context, batch_id)
    assert outcome(context, batch_id)["created"] == 8
