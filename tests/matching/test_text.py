"""The tokenizer: one spelling for one thing, and offsets that point into the text as it was given."""

import re
import threading
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching import cutting, lists, text


def test_full_width_traditional_and_capitals_become_one_spelling() -> None:
    assert text.normalize("鋰離子電池１２．４ＭＰａ") == "锂离子电池12.4mpa"


def test_words_that_only_look_traditional_stay_as_they_are() -> None:
    assert text.normalize("效果显著，著名学者") == "效果显著,著名学者"


def test_control_characters_disappear_and_line_breaks_stay() -> None:
    assert text.normalize("防\x00腐\u200b涂\ufeff层\n二") == "防腐涂层\n二"


def test_a_lone_surrogate_is_dropped_instead_of_failing() -> None:
    assert text.tokenize("涂层\ud800涂料") == ["涂层", "涂料"]


@pytest.mark.parametrize(
    ("given_text", "terms"),
    [
        ("耐压 12.4 MPa", ["耐压", "12.4mpa"]),
        ("耐压12.4MPa", ["耐压", "12.4mpa"]),
        ("效率≥67％", ["效率", "67%"]),
        ("密度1.80 g/cm³", ["密度", "1.80g/cm3"]),
        ("转速1,500 rpm", ["转速", "1500rpm"]),
        ("10-20℃", ["10", "20°c"]),
        ("年产3万吨", ["年产", "3万吨"]),
        ("figure 1 a", ["figur", "1"]),
    ],
)
def test_a_number_keeps_its_unit(given_text: str, terms: list[str]) -> None:
    assert text.tokenize(given_text) == terms


def test_latin_words_are_stemmed_and_hyphens_part_them() -> None:
    assert text.tokenize("Heat-transfer Studies of C++ on H2O") == ["heat", "transfer", "studi", "c++", "h2o"]


def test_an_abbreviation_of_three_letters_is_no_plural() -> None:
    assert text.tokenize("AIS UPS iOS") == ["ais", "ups", "ios"]
    assert set(text.tokenize("船舶AIS数据")).isdisjoint(text.tokenize("AI算法"))
    assert text.tokenize("sensors") == text.tokenize("sensor")


def test_domain_words_stay_whole() -> None:
    assert "石墨烯" in text.tokenize("石墨烯改性")
    assert "质子交换膜" in text.tokenize("质子交换膜燃料电池")


def test_stop_words_are_no_terms_but_their_characters_are() -> None:
    assert "的" not in text.tokenize("涂层的性能")
    assert "的" in text.characters("涂层的性能")


def test_bigrams_overlap_within_a_run_only() -> None:
    assert text.bigrams("防腐涂层，性能") == ["防腐", "腐涂", "涂层", "性能"]
    assert text.bigrams("膜 pump") == ["膜", "pump"]


def test_a_latin_word_counts_as_one_character() -> None:
    assert text.characters("石墨烯 coatings 5MPa") == ["石", "墨", "烯", "coat", "5mpa"]


def test_rare_characters_outside_the_usual_block_are_terms() -> None:
    assert text.tokenize("𠮷") == ["𠮷"]


def test_offsets_point_into_the_original_text() -> None:
    original = "①鋰離子電池，密度１.８０ g/cm³，e\u0301cole"
    found = [(term, original[start:end]) for term, start, end in text.spans(original)]
    assert ("1.80g/cm3", "１.８０ g/cm³") in found
    assert ("锂离子电池", "鋰離子電池") in found or ("电池", "電池") in found
    assert ("école", "e\u0301cole") in found


@given(st.text(max_size=200))
def test_spans_give_the_same_terms_in_order_within_the_text(anything: str) -> None:
    found = text.spans(anything)
    assert [term for term, _, _ in found] == text.tokenize(anything)
    assert all(0 <= start < end <= len(anything) for _, start, end in found)
    assert all(a[1] <= b[1] for a, b in pairwise(found))


@given(st.text(max_size=200))
def test_channels_agree_with_the_single_views(anything: str) -> None:
    whole = text.channels(anything)
    assert whole.words == text.tokenize(anything)
    assert whole.bigrams == text.bigrams(anything)
    assert whole.characters == text.characters(anything)


@given(st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FD5), max_size=60))
def test_both_cutters_cut_alike(run: str) -> None:
    slow, fast = CUTTERS
    assert list(slow(run)) == list(fast(run))


CUTTERS = (cutting.build_jieba(), cutting.build_rjieba())


def test_both_cutters_cut_domain_sentences_alike() -> None:
    slow, fast = CUTTERS
    sentence = "石墨烯改性环氧树脂用于深远海养殖网箱与质子交换膜燃料电池的防腐无人艇巡检"
    assert slow(sentence) == list(fast(sentence))


def test_the_dictionary_only_holds_words_its_cutter_keeps_whole() -> None:
    for word in lists.dictionary():
        assert CUTTERS[0](word) == [word]


def test_synonyms_point_both_ways() -> None:
    assert "锂离子电池" in text.synonyms()["锂电"]
    assert "锂电" in text.synonyms()["锂离子电池"]
    assert "人工智能" in text.synonyms()["ai"]


def test_the_version_is_short_and_steady() -> None:
    assert re.fullmatch("[0-9a-f]{16}", text.version())
    assert text.version() == text.version()


def test_many_threads_may_tokenize_at_once() -> None:
    expected = text.tokenize("studies of running pumps 防腐涂层")
    seen: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: seen.append(text.tokenize("studies of running pumps 防腐涂层")))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [expected] * 8


def test_empty_text_and_stop_words_alone_give_no_words() -> None:
    assert text.tokenize("") == []
    assert text.tokenize("的了和 the of") == []
    assert text.tokenize("😀🚀！？") == []
