"""Learning from verdicts: none change nothing, few change little, many are believed, and all of it can be kept and undone."""

import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import Document, Engine, Facts, Figure, Verdict, ranking
from matching.grades import chances, grade_of, settle
from matching.learn import ENOUGH, MOST, Lessons, _latest, promise
from matching.learning_kernel import Table, alike
from matching.learning_pairs import describe
from matching.learning_vectors import Asked, demand_key
from matching.weights import DEFAULT
from tests.matching.samples import DEMANDS, RESULTS, TODAY, WANTS_BATTERY, WANTS_COATING

METHODS = ("喷涂", "电镀", "热喷", "刷涂", "浸涂", "辊涂")
COATINGS = [Document(f"c{n}", f"海上风机{METHODS[n % 6]}防腐涂层第{n}种配方", "") for n in range(24)]
PUMPS = [Document(f"p{n}", f"海上风机防腐循环水泵第{n}型", "") for n in range(24)]
ASKS = Document("asks", "海上风机防腐涂层", "需要免维护的涂层，泵类不考虑。")
CROWD = [*RESULTS, *COATINGS, *PUMPS]
SAID = [Verdict("asks", d.id, 3) for d in COATINGS[:12]] + [Verdict("asks", d.id, 0) for d in PUMPS[:12]]


@pytest.fixture
def engine() -> Engine:
    return Engine().fit(CROWD, [*DEMANDS, ASKS])


def _pairs(documents: list[Document], query: Document = ASKS) -> list[tuple[Document, str]]:
    return [(query, document.id) for document in documents]


def test_without_verdicts_grades_follow_the_thresholds(engine: Engine) -> None:
    ranked = engine.rank(ASKS, top=50, today=TODAY, explain=False)
    assert engine.grade([(ASKS, s.id) for s in ranked], today=TODAY) == [grade_of(s.score, DEFAULT.grades) for s in ranked]
    assert [s.grade for s in ranked] == [grade_of(s.score, DEFAULT.grades) for s in ranked]


def test_verdicts_teach_the_grades_of_like_results(engine: Engine) -> None:
    engine.learn(SAID, [ASKS])
    welcome, refused = engine.grade(_pairs(COATINGS[12:])), engine.grade(_pairs(PUMPS[12:]))
    assert min(welcome) >= 2
    assert max(refused) <= 1


def test_a_like_demand_without_verdicts_profits_too(engine: Engine) -> None:
    state, other = engine._state, Document("other", "海上风机塔筒长效防腐", "寻找免维护的涂层。")
    pairs = describe(state, Asked.of(state, other), [state.find(d.id) or (0, 0) for d in COATINGS[12:]], TODAY)
    engine.learn(SAID, [ASKS])
    model, promised = engine._state.lessons.model, promise(state, pairs)
    assert model is not None
    assert (model.correct(pairs, demand_key(other), promised) > promised).all()


def test_the_same_verdicts_teach_the_same(engine: Engine) -> None:
    twin = Engine().fit(CROWD, [*DEMANDS, ASKS])
    for one in (engine, twin):
        one.learn(SAID, [ASKS])
    assert engine.grade(_pairs(CROWD)) == twin.grade(_pairs(CROWD))
    assert engine.rank(ASKS, today=TODAY) == twin.rank(ASKS, today=TODAY)


def test_a_list_shows_the_grades_that_grade_gives(engine: Engine) -> None:
    engine.learn(SAID, [ASKS])
    ranked = engine.rank(ASKS, top=30, today=TODAY)
    assert [s.grade for s in ranked] == engine.grade([(ASKS, s.id) for s in ranked], today=TODAY)
    assert engine.rank_many([ASKS], 30, today=TODAY)["asks"] == ranked


def test_enough_verdicts_of_a_demand_move_its_ranking_and_say_so(engine: Engine) -> None:
    before = [s.id for s in engine.rank(ASKS, top=100, today=TODAY)]
    engine.learn(SAID, [ASKS])
    found = engine.rank(ASKS, top=100, today=TODAY)
    places = {s.id: n for n, s in enumerate(found)}
    assert set(places) == set(before)
    assert max(places[d.id] for d in COATINGS[12:]) < min(places[d.id] for d in PUMPS[12:])
    for scored in found:
        assert sum(reason.share for reason in scored.reasons) == pytest.approx(scored.score, abs=2e-6)
        said = [reason for reason in scored.reasons if reason.label == "verdicts"]
        assert [reason.detail for reason in said] == [{"verdicts": 24}]
    assert engine.why_not(ASKS, "p20", today=TODAY).scored == next(s for s in found if s.id == "p20")


def test_a_document_outside_the_collection_can_be_asked_about_after_learning(engine: Engine) -> None:
    engine.learn(SAID, [ASKS])
    answer = engine.why_not(ASKS, Document("guest", "海上风机防腐循环水泵新型"), today=TODAY)
    assert any(reason.label == "verdicts" and reason.share < 0 for reason in answer.against)


def test_few_verdicts_leave_the_order_alone(engine: Engine) -> None:
    before = [(s.id, s.score) for s in engine.rank(ASKS, today=TODAY)]
    engine.learn(SAID[: ENOUGH - 1], [ASKS])
    assert [(s.id, s.score) for s in engine.rank(ASKS, today=TODAY)] == before


def test_verdicts_of_other_demands_leave_the_order_alone(engine: Engine) -> None:
    before = [(s.id, s.score) for s in engine.rank(WANTS_COATING, today=TODAY)]
    engine.learn(SAID, [ASKS])
    assert [(s.id, s.score) for s in engine.rank(WANTS_COATING, today=TODAY)] == before


def test_the_same_demand_under_another_id_shares_its_verdicts(engine: Engine) -> None:
    engine.learn(SAID, [ASKS])
    twin = replace(ASKS, id="twin", title="海上風機防腐塗層")
    assert [s.id for s in engine.rank(twin, today=TODAY)] == [s.id for s in engine.rank(ASKS, today=TODAY)]


def test_forgetting_brings_the_unlearned_ranking_back(engine: Engine) -> None:
    before = engine.rank(ASKS, today=TODAY)
    engine.learn(SAID, [ASKS])
    engine.learn([])
    assert engine.rank(ASKS, today=TODAY) == before


def test_what_teaches_nothing_is_passed_over(engine: Engine) -> None:
    before = engine.rank(ASKS, today=TODAY)
    rubbish = [
        Verdict("asks", "gone", 3),
        Verdict("nobody", "c1", 3),
        Verdict("asks", "c1", float("nan")),
        Verdict("asks", "c1", float("inf")),
    ]
    engine.learn(rubbish, [ASKS])
    assert engine.rank(ASKS, today=TODAY) == before
    assert engine.grade([(ASKS, "gone")]) == [0]
    assert engine.grade([]) == []


def test_one_verdict_of_each_kind_is_no_error(engine: Engine) -> None:
    engine.learn(SAID[:1], [ASKS])
    assert len(engine.grade(_pairs(CROWD))) == len(CROWD)
    engine.learn(SAID, [replace(ASKS, title="", text="")])
    assert len(engine.grade(_pairs(CROWD, replace(ASKS, title="", text="")))) == len(CROWD)


def test_learning_a_little_keeps_the_model_until_the_next_study(engine: Engine) -> None:
    engine.learn(SAID, [ASKS])
    grades = engine.grade(_pairs(COATINGS))
    engine.learn(SAID[:12], [ASKS], study=False)
    assert engine.grade(_pairs(COATINGS)) == grades
    assert engine.rank(ASKS, today=TODAY)[0].reasons[-1].detail == {"verdicts": 12}


def test_a_fit_keeps_what_was_said_of_single_pairs_and_drops_the_rest(engine: Engine) -> None:
    engine.learn(SAID, [ASKS])
    engine.fit(CROWD, [*DEMANDS, ASKS])
    ranked = engine.rank(ASKS, today=TODAY)
    assert ranked[0].reasons[-1].label == "verdicts"
    assert [s.grade for s in ranked] == [grade_of(s.score, DEFAULT.grades) for s in ranked]


def test_documents_that_come_later_are_graded_by_what_was_learned(engine: Engine) -> None:
    engine.learn(SAID, [ASKS])
    engine.add([Document("new", "海上风机防腐循环水泵极地新词型号")])
    engine.remove(["c0", "p0"])
    assert engine.grade([(ASKS, "new")])[0] <= 1
    assert engine.rank(ASKS, today=TODAY)


def test_a_missed_must_is_never_strong_whatever_was_learned() -> None:
    target, figure = Figure("附着力", 10, "MPa", ">="), Figure("附着力", 2, "MPa")
    poor = [replace(d, facts=Facts(figures=(figure,))) for d in COATINGS]
    asks = replace(ASKS, facts=Facts(targets=(target,)))
    engine = Engine().fit([*poor, *PUMPS])
    engine.learn(SAID, [asks])
    assert max(engine.grade(_pairs(poor, asks), today=TODAY)) <= 2
    assert all(s.grade <= 2 for s in engine.rank(asks, top=24, only={d.id for d in poor}, today=TODAY))


def test_lessons_survive_a_snapshot(engine: Engine, tmp_path: Path) -> None:
    engine.learn(SAID, [ASKS])
    engine.save(tmp_path)
    loaded = Engine.load(tmp_path)
    assert loaded.grade(_pairs(CROWD), today=TODAY) == engine.grade(_pairs(CROWD), today=TODAY)
    assert loaded.rank(ASKS, today=TODAY) == engine.rank(ASKS, today=TODAY)
    assert not any("涂层" in path.read_text("utf-8") for path in tmp_path.rglob("lessons*.json"))


def test_learning_while_fits_are_swapped_in(engine: Engine) -> None:
    failures: list[BaseException] = []

    def teach() -> None:
        try:
            for _ in range(5):
                engine.learn(SAID, [ASKS])
                engine.rank(ASKS, today=TODAY)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=teach)
    thread.start()
    for n in range(5):
        engine.fit([*CROWD, Document(f"n{n}", f"新词{n}")], [ASKS])
    thread.join()
    assert failures == []
    engine.learn(SAID, [ASKS])
    assert max(engine.grade(_pairs(PUMPS[12:]))) <= 1


def test_too_many_verdicts_are_shared_out_fairly_latest_first() -> None:
    rows = {"big": [(str(n), 0.0) for n in range(MOST * 2)], "small": [("a", 1.0), ("b", 2.0)]}
    kept = _latest(rows)
    assert kept["small"] == rows["small"]
    assert len(kept["big"]) == MOST - 2
    assert kept["big"][-1] == rows["big"][-1]
    assert sum(map(len, _latest({str(n): [("x", 1.0)] * 3 for n in range(MOST)}).values())) == MOST


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_the_likeliest_grade_without_lessons_is_the_threshold_one(scores: list[float]) -> None:
    likely = chances(np.array(scores), DEFAULT.grades)
    assert ((likely >= 0) & (likely <= 1)).all()
    assert settle(likely).tolist() == [grade_of(score, DEFAULT.grades) for score in scores]


@settings(deadline=None, max_examples=15)
@given(st.lists(st.tuples(st.sampled_from([d.id for d in CROWD]), st.integers(0, 3)), max_size=30))
def test_any_verdicts_keep_scores_in_bounds_and_reasons_true(said: list[tuple[str, int]]) -> None:
    engine = Engine().fit(CROWD, [ASKS])
    engine.learn([Verdict("asks", i, grade) for i, grade in said], [ASKS], today=TODAY)
    for scored in engine.rank(ASKS, top=60, today=TODAY):
        assert 0 < scored.score <= 1
        assert 0 <= scored.grade <= 3
        assert sum(reason.share for reason in scored.reasons) == pytest.approx(scored.score, abs=2e-6)


def test_lessons_of_nothing_are_empty() -> None:
    lessons, asked = Lessons.note([], [WANTS_BATTERY])
    assert (lessons.count, asked) == (0, {})
    assert lessons.study(Engine().fit(RESULTS)._state, asked, date(2026, 1, 1)).model is None


def test_a_trial_says_what_verdicts_are_worth_and_changes_nothing(engine: Engine) -> None:
    before = engine.rank(ASKS, today=TODAY)
    said = [Verdict("asks", d.id, 3) for d in COATINGS] + [Verdict("asks", d.id, 0) for d in PUMPS]
    trial = engine.try_out(said, [ASKS], today=TODAY)
    assert trial is not None
    assert (trial.count, trial.worse) == (48, False)
    assert trial.learned > trial.unlearned
    assert engine.rank(ASKS, today=TODAY) == before
    assert engine.try_out(said[:29], [ASKS]) is None
    assert engine.try_out([], []) is None


def test_a_trial_with_verdicts_given_by_the_dice_is_not_called_better(engine: Engine) -> None:
    chance = np.random.default_rng(5)
    said = [Verdict("asks", d.id, int(chance.integers(0, 4))) for d in (*COATINGS, *PUMPS)]
    trial = engine.try_out(said, [ASKS], today=TODAY)
    assert trial is not None
    assert trial.learned <= trial.unlearned + 0.1


def test_adding_up_by_term_says_the_same_as_comparing_all_with_all(engine: Engine) -> None:
    engine.learn([*SAID, *(Verdict(WANTS_COATING.id, d.id, 1) for d in RESULTS)], [ASKS, WANTS_COATING])
    state = engine._state
    model = state.lessons.model
    assert model is not None
    for query in (ASKS, WANTS_BATTERY, Document("none")):
        pairs = describe(state, Asked.of(state, query), [state.find(d.id) or (0, 0) for d in CROWD], TODAY)
        promised = promise(state, pairs)
        table = Table.of([pairs], [demand_key(query)], model.scale)
        assert model.correct(pairs, demand_key(query), promised) == pytest.approx(promised + alike(table, model.table) @ model.pull, abs=1e-5)


def test_every_result_that_is_listed_says_how_verdicts_moved_it() -> None:
    many = [Document(f"m{n:03}", f"海上风机{METHODS[n % 6]}防腐涂层" + "，另述" * (n // 6)) for n in range(180)]
    engine = Engine().fit(many, [ASKS])
    engine.learn([Verdict("asks", many[n].id, 3 * (n % 2)) for n in range(24)], [ASKS])
    found = engine.rank(ASKS, top=20, today=TODAY)
    moved = [any(reason.label == "verdicts" for reason in s.reasons) for s in found]
    assert all(moved)
    assert engine.rank_many([ASKS], 20, today=TODAY)["asks"] == found
    assert [engine.why_not(ASKS, s.id, today=TODAY).scored for s in found] == found


def test_verdicts_move_the_best_by_text_and_leave_the_others_where_their_text_puts_them(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [Document(f"m{n:03}", f"海上风机{METHODS[n // 30]}防腐涂层" + "，另述" * (n // 30)) for n in range(180)]
    engine = Engine().fit(many, [ASKS])
    before = [s.id for s in engine.rank(ASKS, top=180, today=TODAY)]
    last, first = before[-30:], before[:30]
    said = [Verdict("asks", i, 3) for i in last[:12]] + [Verdict("asks", i, 0) for i in first[:12]]
    engine.learn(said, [ASKS], study=False)
    found = {s.id for s in engine.rank(ASKS, top=20, today=TODAY)}
    assert found <= set(before[: ranking.MOVED])
    assert {s.id for s in engine.rank_many([ASKS], 20, today=TODAY)["asks"]} == found
    monkeypatch.setattr(ranking, "MOVED", 180)
    assert {s.id for s in engine.rank(ASKS, top=20, today=TODAY)} & set(last), "without the border they would have come"
