"""Completions, related searches and corrections."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search import Index, Query
from search.spelling import one_slip
from tests.search.conftest import Ask, row


@pytest.fixture
def filled(index: Index) -> Index:
    index.apply(
        [
            row("r1", "石墨烯防腐涂层", "长效防腐", keywords=("石墨烯", "海洋防腐", "Graphene coating")),
            row("r2", "石墨烯导热膜", "散热", keywords=("石墨烯", "导热")),
            row("r3", "石英砂提纯", "提纯", keywords=("石英",), names=("示例理工大学",)),
            row("r4", "机密石材切割", "内部", keywords=("石材",), access=("org:1",)),
        ]
    )
    return index


@pytest.mark.parametrize(
    ("typed", "first"),
    [("石墨", "石墨烯"), ("shimo", "石墨烯"), ("shiliLG", None), ("shililigong", "示例理工大学"), ("ｇｒａ", "Graphene coating"), ("石墨烯 导", "石墨烯 导热")],
)
def test_the_most_frequent_phrase_that_begins_so_is_offered_first(filled: Index, typed: str, first: str | None) -> None:
    offered = filled.complete(typed)
    assert (offered[0] if offered else None) == first


def test_what_is_typed_in_full_is_not_offered_again(filled: Index) -> None:
    assert "石墨烯" not in filled.complete("石墨烯")
    assert filled.complete("") == filled.complete("  ") == ()
    assert len(filled.complete("石", limit=2)) == 2


def test_nothing_of_a_row_that_is_not_public_is_offered(filled: Index) -> None:
    assert not any("石材" in text or "机密" in text for text in (*filled.complete("石", 50), *filled.complete("机", 50)))


def test_a_withdrawn_row_is_no_longer_offered(filled: Index) -> None:
    filled.apply([], ["r3"])
    assert not any("石英" in text for text in filled.complete("石", 50))
    assert filled.complete("shili") == ()


def test_related_searches_are_the_other_subjects_of_the_best_rows(filled: Index) -> None:
    assert set(filled.related("石墨烯")) == {"海洋防腐", "graphene coating", "导热"}
    assert filled.related("从未有过的词") == ()


def test_rows_without_keywords_are_related_by_their_titles(index: Index) -> None:
    index.apply([row("r1", "海藻多糖提取"), row("r2", "海藻饲料"), row("r3", "壳聚多糖 2024"), row("r4", "海藻养殖 2024")])
    assert index.related("海藻") == ("多糖",)  # what stands in one row alone leads nowhere else, and a figure is no subject


def test_words_that_titles_are_made_with_are_no_related_searches(index: Index) -> None:
    index.apply([row(f"r{n}", f"海藻{'多糖' if n < 3 else '饲料'}制备方法") for n in range(60)])
    assert "".join(index.related("海藻 多糖")) == ""
    assert index.related("饲料") == index.related("多糖") == ()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text(max_size=80), limit=st.integers(-3, 20))
def test_whatever_is_typed_gets_bounded_offers(filled: Index, typed: str, limit: int) -> None:
    assert len(filled.complete(typed, limit)) <= max(limit, 0)
    assert len(filled.related(typed, 3)) <= 3


def test_a_homophone_cut_apart_by_the_tokenizer_is_put_right(filled: Index, ask: Ask) -> None:
    assert ask("石墨西涂层").suggestion == "石墨烯涂层"
    assert ask("海样防腐").suggestion is None or "海洋" in str(ask("海样防腐").suggestion)


def test_letters_that_spell_a_subject_in_pinyin_are_written_out(ask: Ask, filled: Index) -> None:
    assert ask("shimoxi").suggestion == "石墨烯"
    assert ask("shicai").suggestion is None  # 石材 is known to one organisation alone


def test_another_form_of_a_known_word_is_no_mistake(ask: Ask, filled: Index) -> None:
    assert ask("石墨烯 coatings").suggestion is None


def test_only_the_wrong_word_is_replaced(filled: Index) -> None:
    page = filled.query(Query("石墨烯  graphane", ("public",)))
    assert page.suggestion == "石墨烯  graphene" or page.suggestion == "石墨烯 graphene"


def test_operators_survive_a_correction(filled: Index) -> None:
    assert filled.query(Query('"防腐涂层" AND graphane', ("public",))).suggestion == '"防腐涂层" AND graphene'


WORDS = st.text(alphabet="abcde", min_size=2, max_size=8)


@given(word=WORDS, at=st.integers(0, 7), letter=st.sampled_from("abcde"))
def test_one_slip_is_one_letter_more_less_other_or_swapped(word: str, at: int, letter: str) -> None:
    at %= len(word)
    changed = {word[:at] + letter + word[at:], word[:at] + word[at + 1 :], word[:at] + letter + word[at + 1 :],
               word[:at] + word[at : at + 2][::-1] + word[at + 2 :]}  # fmt: skip
    for other in changed - {word}:
        assert one_slip(word, other)
        assert one_slip(other, word)
    assert not one_slip(word, word)
    assert not one_slip(word, word + "xy")
    assert not one_slip(word, "xy" + word[2:])
