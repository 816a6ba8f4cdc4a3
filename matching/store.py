"""Keep an engine on disk: plain arrays and one JSON manifest, swapped in atomically and mapped when read."""

import json
import os
import shutil
import uuid
import zlib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from matching import learning_kernel, text
from matching.collection import ChannelStatistics
from matching.counting import Packed, Vocabulary
from matching.learn import Lessons
from matching.postings import ARRAYS, Postings
from matching.ranking import State
from matching.segments import FactsTable, Segment, compact
from matching.shelf import rest
from matching.weights import CHANNELS, Weights

FORMAT = 6
_COUNTS = ("data", "indices", "indptr")
MANIFEST = "manifest.json"
_CHUNK = 1 << 22
_TRIES = 10


class SnapshotError(Exception):
    """A snapshot cannot be used: fit again from the documents."""


def save(state: State, folder: Path) -> None:
    """Write into a new subfolder, then point the manifest at it."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"snapshot-{uuid.uuid4().hex}"
    target = folder / name
    target.mkdir()
    segments = [compact(segment) for segment in state.segments]
    for place, segment in enumerate(segments):
        _write_segment(target, place, segment)
    for place, channel in enumerate(state.statistics):
        _write_channel(target, place, channel)
    _write_lessons(target, state.lessons)
    manifest = {
        "format": FORMAT,
        "text": text.version(),
        "folder": name,
        "segments": len(segments),
        "changed": state.changed,
        "weights": asdict(state.weights),
        "distances": [[a, b, far] for (a, b), far in state.distances.items()],
        "statistics": [_numbers(s) for s in state.statistics],
        "files": {path.name: [path.stat().st_size, _checksum(path)] for path in sorted(target.iterdir())},
    }  # fmt: skip
    draft = folder / f"{name}.json"
    with draft.open("w", encoding="utf-8") as file:
        json.dump(manifest, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, folder / MANIFEST)
    for old in folder.glob("snapshot-*"):
        if old.name != name:
            shutil.rmtree(old, ignore_errors=True)


def _write_segment(target: Path, place: int, segment: Segment) -> None:
    postings = segment.postings
    arrays = postings.arrays()
    arrays |= {f"terms{c}": terms for c, terms in enumerate(postings.terms)}
    for name, array in arrays.items():
        np.save(target / f"{place}-{name}.npy", array, allow_pickle=False)
    rest(arrays.values())
    (target / f"{place}-ids.json").write_text(json.dumps(list(segment.ids)), encoding="utf-8")
    (target / f"{place}-facts.json").write_text(json.dumps(segment.facts.dump()), encoding="utf-8")
    if segment.packed is not None:
        _write_counts(target, place, segment.packed)


def _write_counts(target: Path, place: int, packed: Packed) -> None:
    """Small parts keep their counts, so that they can be melted later by whoever loads them."""
    for channel, matrix in enumerate(packed):
        for name in _COUNTS:
            np.save(target / f"{place}-counts{channel}-{name}.npy", getattr(matrix, name), allow_pickle=False)


def _write_channel(target: Path, place: int, channel: ChannelStatistics) -> None:
    (target / f"vocabulary{place}.json").write_text(json.dumps(list(channel.vocabulary)), encoding="utf-8")
    np.save(target / f"frequency{place}.npy", channel.document_frequency, allow_pickle=False)
    np.save(target / f"demand_frequency{place}.npy", channel.demand_frequency, allow_pickle=False)


def _write_lessons(target: Path, lessons: Lessons) -> None:
    (target / "lessons.json").write_text(json.dumps(lessons.to_json()), encoding="utf-8")
    for name, array in (lessons.model.arrays() if lessons.model else {}).items():
        np.save(target / f"lessons-{name}.npy", array, allow_pickle=False)


def _read_lessons(source: Path) -> Lessons:
    row = json.loads((source / "lessons.json").read_text(encoding="utf-8"))
    if not (source / f"lessons-{learning_kernel.ARRAYS[0]}.npy").exists():
        return Lessons.from_json(row, None)
    arrays = {name: np.load(source / f"lessons-{name}.npy", allow_pickle=False) for name in learning_kernel.ARRAYS}
    return Lessons.from_json(row, learning_kernel.Model.from_arrays(arrays))


def _numbers(channel: ChannelStatistics) -> dict[str, float]:
    return {name: getattr(channel, name) for name in ("documents", "mean_length", "demands")}


def _checksum(path: Path) -> int:
    value = 0
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            value = zlib.crc32(block, value)
    return value


def load(folder: Path) -> State:
    """Read the newest snapshot; arrays stay on disk and are shared by all processes that map them."""
    for attempt in range(_TRIES):
        try:
            return _load(folder)
        except FileNotFoundError as error:
            # Another process may have swapped in a newer snapshot between two of our reads.
            if attempt == _TRIES - 1 or not (folder / MANIFEST).exists():
                raise SnapshotError(f"no snapshot in {folder}") from error
        except SnapshotError:
            raise
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise SnapshotError(f"the snapshot in {folder} is damaged: {error}") from error
    raise SnapshotError(f"no snapshot in {folder}")


def _load(folder: Path) -> State:
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if manifest["format"] != FORMAT:
        raise SnapshotError(f"the snapshot has format {manifest['format']}, this program reads {FORMAT}")
    if manifest["text"] != text.version():
        raise SnapshotError("the snapshot was made with another dictionary or tokenizer")
    source = folder / str(manifest["folder"])
    for name, (size, checksum) in manifest["files"].items():
        if (source / name).stat().st_size != size or _checksum(source / name) != checksum:
            raise SnapshotError(f"the snapshot in {folder} is damaged: {name}")
    weights = {**manifest["weights"], "grades": tuple(manifest["weights"]["grades"])}
    return State(
        weights=Weights(**weights),
        distances={(a, b): far for a, b, far in manifest["distances"]},
        statistics=[_read_channel(source, c, manifest["statistics"][c]) for c in range(len(CHANNELS))],
        segments=tuple(_read_segment(source, place) for place in range(manifest["segments"])),
        lessons=_read_lessons(source),
        changed=manifest["changed"],
    )


def _array(path: Path) -> npt.NDArray[Any]:
    # Copy on write: pages are shared while nobody writes, and compiled helpers refuse arrays that are read-only.
    # Small files are read, because an empty array cannot be mapped.
    made: npt.NDArray[Any] = np.load(path, mmap_mode="c" if path.stat().st_size > 4096 else None, allow_pickle=False)
    return np.asarray(made)


def _read_channel(source: Path, place: int, row: dict[str, Any]) -> ChannelStatistics:
    terms = json.loads((source / f"vocabulary{place}.json").read_text(encoding="utf-8"))
    return ChannelStatistics(
        vocabulary=Vocabulary(zip(terms, range(len(terms)), strict=True)),
        document_frequency=_array(source / f"frequency{place}.npy"),
        demand_frequency=_array(source / f"demand_frequency{place}.npy"),
        **row,
    )


def _read_segment(source: Path, place: int) -> Segment:
    read: Callable[[str], npt.NDArray[Any]] = lambda name: _array(source / f"{place}-{name}.npy")  # noqa: E731
    ids = json.loads((source / f"{place}-ids.json").read_text(encoding="utf-8"))
    facts = json.loads((source / f"{place}-facts.json").read_text(encoding="utf-8"))
    postings = Postings(
        terms=tuple(read(f"terms{c}") for c in range(len(CHANNELS))),
        **{name: read(name) for name in ARRAYS},
    )
    table = FactsTable.loaded((int(number), row) for number, row in facts.items())
    return Segment(ids, postings, table, np.ones(len(ids), dtype=bool), _read_counts(source, place, len(ids)))


def _read_counts(source: Path, place: int, count: int) -> Packed | None:
    if not (source / f"{place}-counts0-data.npy").exists():
        return None
    made = []
    for channel in range(len(CHANNELS)):
        data, indices, indptr = (np.load(source / f"{place}-counts{channel}-{name}.npy") for name in _COUNTS)
        width = int(indices.max(initial=-1)) + 1
        made.append(sparse.csr_matrix((data, indices, indptr), shape=(count, width)))
    return tuple(made)
