"""The part of a text that shows why it was found."""

from hypothesis import given
from hypothesis import strategies as st

from search.snippets import ELLIPSIS, marked, snippet

SPANS = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=8)


def test_marks_cut_a_text_into_pieces() -> None:
    assert marked("新型涂层材料", [(2, 4)]) == (("新型", False), ("涂层", True), ("材料", False))
    assert marked("涂层", ()) == (("涂层", False),)
    assert marked("", ()) == ()


def test_a_long_text_is_shown_around_its_marks_from_the_beginning_of_a_sentence() -> None:
    text = "前言。" * 60 + "这里说到涂层与涂层。" + "后记。" * 60
    start = text.index("涂层")
    pieces = snippet(text, [(start, start + 2), (start + 3, start + 5)], 40)
    assert pieces[0] == (ELLIPSIS, False)
    assert [piece.text for piece in pieces if piece.marked] == ["涂层", "涂层"]
    assert pieces[-1] == (ELLIPSIS, False)
    assert pieces[1].text.startswith("这里")


def test_without_marks_the_beginning_is_shown() -> None:
    pieces = snippet("甲" * 300, (), 50)
    assert pieces == (("甲" * 50, False), (ELLIPSIS, False))


@given(text=st.text(max_size=400), spans=SPANS, length=st.integers(1, 200))
def test_a_snippet_is_part_of_the_text_and_its_marks_are_marks(text: str, spans: list[tuple[int, int]], length: int) -> None:
    spans = [(a, b) for a, b in spans if a < b <= len(text)]
    assert "".join(piece.text for piece in marked(text, spans)) == text
    pieces = snippet(text, spans, length)
    inner = "".join(piece.text for piece in pieces if piece.text != ELLIPSIS or piece.marked)
    assert inner in text or text.count(ELLIPSIS)
    assert len(inner) <= max(length, 0) or len(text) <= length
