"""Every number that shapes a score, in one place."""

from dataclasses import dataclass, field

CHANNELS = ("words", "bigrams", "characters")
FIELDS = ("title", "text", "keywords", "hidden")


def _signal_weights() -> dict[str, float]:
    return {
        "targets": 0.45,
        "trl": 0.15,
        "price": 0.15,
        "deadline": 0.15,
        "industry": 0.10,
        "field": 0.10,
        "mode": 0.10,
        "use_first": 0.10,
        "cluster": 0.05,
        "freshness": 0.05,
    }


@dataclass(frozen=True)
class Weights:
    """One configuration for every kind of text; measured, not guessed (see docs/matching.md)."""

    # How much each view of the text counts.
    words: float = 0.5
    bigrams: float = 1.0
    characters: float = 1.0
    # Documents: a term's count by field, its saturation, and the pull of a document's length.
    title_count: float = 2.0
    text_count: float = 1.0
    keywords_count: float = 2.0
    hidden_count: float = 1.0
    saturation: float = 1.2
    length_pull: float = 0.5
    document_idf: float = 0.5
    norm_power: float = 0.5  # 0 leaves long documents as they are, 1 is the cosine
    # Queries: title (with keywords) against text (with hidden), damped counts, rareness on both sides.
    query_title: float = 0.6
    query_damping: float = 0.5
    query_idf: float = 0.75
    demand_idf: float = 0.75
    demand_smoothing: float = 100.0
    # What a signal adds (or takes away) at most, as a part of the text score.
    signals: dict[str, float] = field(default_factory=_signal_weights)
    # From this score on a pair is weak (half of such pairs were judged so), fairly strong, strong (as many as people
    # judged so: 14 and 4 in 100). docs/matching.md shows the calibration.
    grades: tuple[float, float, float] = (0.06, 0.19, 0.30)


DEFAULT = Weights()
