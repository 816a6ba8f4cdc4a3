"""Whatever people post comes back from a file as it was: posted, taken along as XLSX, CSV or JSON Lines, and imported again."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from tests import makers
from tests.catalog import world as worlds
from webapp.accounts.models import Organisation
from webapp.catalog import reading, values
from webapp.catalog import service as catalog
from webapp.catalog.fields import Entry, Lists, rules
from webapp.catalog.laying import before, lay
from webapp.catalog.models import Demand, Result
from webapp.core import clock, policy
from webapp.core.errors import Invalid
from webapp.core.policy import Actor
from webapp.core.worker import Context
from webapp.imports import command, export, jobs, lists, service
from webapp.imports.cells import guarded, unguarded
from webapp.imports.models import ImportBatch
from webapp.imports.reading import open_table
from webapp.imports.rows import RowReader
from webapp.imports.telling import told

SIGNS = "；;、,，|｜：:★*（必须）'\"“”=+-@＝＋－＠\t\n%％℃~±≥≤以上左右万亿元无—/\\0１２３.e \u200b_x000D_#N/A"
WORDS = st.text(st.sampled_from(string.ascii_letters + string.digits + "海工涂层附着力盐雾螺栓示例" + SIGNS), max_size=24) | st.text(max_size=12)
ODD = st.sampled_from(["无", "—", "n/a", "'无", "0", "-5", "'=1+1", "#N/A", "#REF!", "_x000D_", "=HYPERLINK(1)", "TRUE", "1e5", "2027-03-31", "46112", "（不公开）"])
TEXT = WORDS | ODD
NUMBERS = st.floats(-1e9, 1e9, allow_nan=False).map(lambda n: n if abs(n) > 1e-6 else 0.0) | st.integers(-10_000, 10_000)
FIGURE = st.fixed_dictionaries({
    "name": TEXT, "comparison": st.sampled_from(sorted(set(values.COMPARISONS) - {"RANGE"})), "value": NUMBERS,
    "unit": st.sampled_from(["", "MPa", "兆帕", "%", "℃", "次/分", "万元", "10^-6", "以上"]) | WORDS, "must": st.booleans(),
})  # fmt: skip
DAYS = st.dates(min_value=reading.date(1990, 1, 1), max_value=reading.date(2119, 12, 31)).map(str)
PRICES = st.sampled_from(["面议", "免费", "0元", "0 元", "0.00", "面议（0万元）", "面议 50万左右", "0-50万", "８０万元", "50.00001万元", "123元"])
RIGHT = st.fixed_dictionaries({
    "kind": st.sampled_from(sorted(values.IP_KINDS)), "number": TEXT, "status": st.sampled_from(sorted(values.IP_STATUSES)), "holder": TEXT,
    "co_owned": st.booleans(), "expires": DAYS | st.just(""), "fee_paid_until": DAYS | st.just(""),
})  # fmt: skip
MEMBER = st.fixed_dictionaries({"name": TEXT, "unit": TEXT, "part": TEXT, "share": st.just("") | st.integers(0, 20).map(str) | st.just("12.5")})
EVIDENCE = st.fixed_dictionaries({"kind": st.sampled_from(sorted(values.EVIDENCE_KINDS)), "title": TEXT, "issuer": TEXT, "day": DAYS | st.just("")})
COMMON: dict[str, Any] = {
    "title": TEXT, "summary": TEXT, "details": TEXT, "keywords": TEXT, "contact": TEXT, "price": PRICES, "industry_code": st.sampled_from(["", "marine"]),
    "modes": st.lists(st.sampled_from(sorted(values.MODES))), "valid_until": DAYS | st.just(""),
}  # fmt: skip
RESULTS = st.fixed_dictionaries(COMMON | {
    "department": TEXT, "lead": TEXT, "project": TEXT, "cases": TEXT, "benefits": TEXT, "trl_evidence": TEXT, "scenes": TEXT,
    "form": st.sampled_from(["", *values.FORMS]), "nature": st.sampled_from(["", *values.NATURES]), "standing": st.sampled_from(["", *values.STANDINGS]),
    "research_from": DAYS | st.just(""), "trl": st.sampled_from(["", "3", "7"]), "indicators": st.lists(FIGURE, max_size=4),
    "exclusivity": st.sampled_from(sorted(values.EXCLUSIVITIES)), "landing": st.sampled_from(sorted(values.LANDINGS)),
    "supports": st.lists(st.sampled_from(sorted(values.SUPPORTS))), "payment_model": st.sampled_from(sorted(values.PAYMENT_MODELS)),
    "trial_trigger": st.sampled_from(["", *values.TRIGGERS]), "use_first_price_fen": st.sampled_from(["", "0", "30万", "0元"]),
    "trial_months": st.sampled_from(["", "6"]), "members": st.lists(MEMBER, max_size=3), "ip_rights": st.lists(RIGHT, max_size=3),
    "evidence": st.lists(EVIDENCE, max_size=3), "compliance": st.lists(st.sampled_from(sorted(values.COMPLIANCE))), "unfiled": st.booleans(),
})  # fmt: skip
DEMANDS = st.fixed_dictionaries(COMMON | {
    "background": TEXT, "present": TEXT, "scope": TEXT, "conditions": TEXT, "experts": TEXT, "location": TEXT, "targets": st.lists(FIGURE, max_size=4),
    "kind": st.sampled_from(sorted(values.DEMAND_KINDS)), "min_trl": st.sampled_from(["", "6"]), "deadline": DAYS | st.just(""),
    "months": st.sampled_from(["", "18"]), "fundings": st.lists(st.sampled_from(sorted(values.FUNDINGS))),
    "cooperations": st.lists(st.sampled_from(sorted(values.COOPERATIONS))), "ip_ownership": st.sampled_from(["", *values.IP_OWNERSHIPS]),
    "wants_use_first": st.booleans(), "wants_board": st.booleans(), "confidentiality": st.sampled_from(["0", "2", "3"]),
})  # fmt: skip
LISTS = Lists(industry={"marine": Entry("marine", "船舶海工", "Marine engineering")})
READERS = {kind: rules(kind, LISTS, imported=True) for kind in ("result", "demand")}
HOME = Organisation(id=1, name="示例单位", name_en="", kind="SCHOOL", verified_at=clock.now())
OWNERS = {
    "result": Actor(1, "示例", 1, "SCHOOL", frozenset({"tto"}), True), "demand": Actor(1, "示例", 1, "COMPANY", frozenset({"company_admin"}), True),
}  # fmt: skip
START: dict[str, Any] = {"id": 1, "organisation_id": 1, "state": "DRAFT", "source": "web", "version": 1, "created_at": clock.now(), "updated_at": clock.now()}


def posted(kind: str, given_: dict[str, Any]) -> Result | Demand:
    """A row of these values; what of them breaks its field's rule is left out."""
    model: Any = Result if kind == "result" else Demand
    row = model(organisation=HOME, **{column.key: _default(column) for column in model.__table__.columns if _default(column) is not None} | START)
    found = rules(kind, LISTS)
    for _ in range(20):
        try:
            lay(row, found.read(given_, organisation=HOME.name))
            return row  # type: ignore[no-any-return]
        except Invalid as error:
            wrong = {name.partition("-")[0] for name in error.fields} & set(given_)
            assume(wrong and "title" not in wrong)
            given_ = {name: value for name, value in given_.items() if name not in wrong}
    assume(False)
    return row  # type: ignore[no-any-return]


def _default(column: Any) -> Any:
    if column.default is None:
        return None
    return column.default.arg if column.default.is_scalar else column.default.arg(None)


def differing(kind: str, given_: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Which fields of a posted row are other ones after an export and an import."""
    row = posted(kind, given_)
    names = export.names_of(f"{kind}s", own=True)
    cells = told(policy.reveal(OWNERS[kind], row), LISTS) | {"source": "mark"}
    reader = RowReader(READERS[kind], {name: name for name in names}, list(names))
    was = before(row)
    draft = reader.read([guarded(cells[name]) for name in names])
    lay(row, READERS[kind].read(draft.values, was, HOME.name))
    now = before(row)
    return {name: (value, now[name]) for name, value in was.items() if now[name] != value}


@settings(max_examples=300, deadline=None)
@given(RESULTS)
def test_any_result_reads_again_as_it_was_told(given_: dict[str, Any]) -> None:
    assert differing("result", given_) == {}


@settings(max_examples=300, deadline=None)
@given(DEMANDS)
def test_any_demand_reads_again_as_it_was_told(given_: dict[str, Any]) -> None:
    assert differing("demand", given_) == {}


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".jsonl"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([["=1+1", "'=1", "#N/A"], ["_x000D_", "无", "'无"]])
@given(st.lists(st.lists(TEXT.map(reading.text(2000, "")), min_size=3, max_size=3).filter(any), min_size=1, max_size=6))
def test_any_cells_written_are_read_back_the_same(tmp_path: Path, suffix: str, rows: list[list[str]]) -> None:
    file = tmp_path / f"a{suffix}"
    export.write(file, ["甲", "乙", "丙"], rows)
    assert [[unguarded(cell) for cell in [*cells, "", "", ""][:3]] for _, cells in open_table(file).rows()] == rows


@pytest.mark.parametrize(("written", "kind"), [("0元", "FREE"), ("0 元", "FREE"), ("免费", "FREE"), ("0.00", "FREE"), ("面议（0万元）", "NEGOTIABLE"), ("面议", "NEGOTIABLE"), ("0-50万", "RANGE"), ("50万", "FIXED")])
def test_nothing_to_pay_and_to_be_agreed_are_never_taken_for_one_another(written: str, kind: str) -> None:
    row = posted("result", {"title": "示例", "price": written})
    assert row.price_kind == kind
    assert differing("result", {"title": "示例", "price": written}) == {}


ODD_RESULT = worlds.result_values(
    title="=cmd|' /C calc'!A0", summary="+第一行\n\n“第二行”", cases="无", benefits="（不公开）", price="0元", keywords="machine learning", confidentiality="0",
    ip_rights=[{"kind": "INVENTION", "number": "ZL示例；1|2", "status": "GRANTED", "holder": "-示例", "co_owned": True, "expires": "2040-01-01"}],
    members=[{"name": "无", "unit": "@示例", "share": "12.5"}], indicators=[{"name": "★附着力；干态", "comparison": "GE", "value": "0.123456789", "unit": "兆帕"}],
)  # fmt: skip
ODD_DEMAND = worlds.demand_values(
    title="'=深海连接件", background="—", conditions="无", price="面议 50万左右", location="-1 号船坞",
    targets=[{"name": "（必须）附着力：湿态", "comparison": "GE", "value": "1e-7", "unit": "MPa", "must": "yes"}],
)  # fmt: skip


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".jsonl"])
def test_ones_own_list_imports_again_unchanged_and_leaves_no_work(context: Context, tmp_path: Path, suffix: str) -> None:
    with context.database.transaction() as session:
        world = worlds.build(session)
        buyer = makers.actor(session, "company_admin", world.company)
        catalog.post_result(session, world.author, ODD_RESULT)
        catalog.post_demand(session, buyer, ODD_DEMAND)
    for actor, kind, other in ((world.office, "results", buyer), (buyer, "demands", world.office)):
        file = tmp_path / f"{kind}{suffix}"
        with context.database.transaction() as session:
            taken = lists.take(session, actor, context.settings, "mine", {})
            export.write(file, taken.names, taken.rows)
        with context.database.transaction() as session, file.open("rb") as stream:
            batch = service.start(session, actor, context.settings, service.Incoming(kind, file.name, "back", stream))
            service.queue(session, actor, context.settings, batch, batch.mapping["columns"])
            number = batch.id
            worlds.forget_jobs(session)
        jobs.advance(context, number)
        with context.database.transaction() as session:
            batch = session.get_one(ImportBatch, number)
            refused = [f"{line.column}: {line.reason % line.params}" for line in session.scalars(service.refusals(batch))]
            assert (batch.message, batch.unchanged, batch.updated, batch.created, refused) == ("", 1, 0, 0, [])
            assert {kind for kind, _, _ in worlds.jobs(session)} <= {"mail"}


def test_a_field_kept_from_the_reader_is_said_to_be_and_is_not_emptied_when_the_file_comes_back(context: Context, tmp_path: Path) -> None:
    with context.database.transaction() as session:
        world = worlds.build(session)
        row = worlds.published(session, world, price="80万")
        row.field_levels = {"price": 4, "figures": 4}
        number = row.id
    command.run_export(context, "results", tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text("utf-8-sig").count("（不公开）") == 2
    said: list[str] = []
    command.run_import(context, "results", tmp_path / "a.csv", (), "", "", said.append)
    assert said[-1] == "read 1, created 0, updated 0, unchanged 1, refused 0", (tmp_path / "a-refused.csv").read_text("utf-8-sig")
    with context.database.transaction() as session:
        row = session.get_one(Result, number)
        assert (row.price_min_fen, len(row.indicators)) == (80_000_000, 1)
