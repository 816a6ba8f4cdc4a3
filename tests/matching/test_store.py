"""Snapshots: written whole or not at all, read back alike, and refused in a clear sentence when they cannot be used."""

import json
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from matching import Document, Engine, SnapshotError, Verdict
from tests.matching.samples import COATING, DEMANDS, RESULTS, RICH_RESULT, TODAY, WANTS_COATING


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Engine, Path]:
    engine = Engine(distances={("a", "b"): 0.3}).fit([replace(COATING, facts=RICH_RESULT), *RESULTS[1:]], DEMANDS)
    engine.add([Document("late", "海上风机防腐工程")])
    engine.remove(["seaweed"])
    engine.learn([Verdict("wants-coating", "coating", 3)], DEMANDS)
    engine.save(tmp_path)
    return engine, tmp_path


def test_a_loaded_engine_ranks_and_grades_alike(saved: tuple[Engine, Path]) -> None:
    engine, folder = saved
    loaded = Engine.load(folder)
    for demand in DEMANDS:
        assert loaded.rank(demand, today=TODAY) == engine.rank(demand, today=TODAY)
    pairs = [(WANTS_COATING, "coating"), (WANTS_COATING, "thruster")]
    assert loaded.grade(pairs) == engine.grade(pairs)
    assert loaded.ids == engine.ids
    assert loaded.drift() == engine.drift()


def test_a_loaded_engine_can_go_on(saved: tuple[Engine, Path]) -> None:
    loaded = Engine.load(saved[1])
    loaded.add([Document("later", "海上风机基础防腐")])
    loaded.remove(["coating"])
    assert loaded.rank(WANTS_COATING)[0].id == "later"
    loaded.save(saved[1])
    assert Engine.load(saved[1]).rank(WANTS_COATING)[0].id == "later"


def test_loading_adding_and_saving_again_and_again_stays_small(tmp_path: Path) -> None:
    Engine().fit(RESULTS).save(tmp_path)
    for n in range(12):
        engine = Engine.load(tmp_path)
        engine.add([Document(f"n{n}", f"第{n}种防腐涂层")])
        engine.save(tmp_path)
    loaded = Engine.load(tmp_path)
    assert len(loaded) == 16
    assert len(loaded._state.segments) == 1
    assert loaded.rank(Document("q", "第7种防腐涂层"))[0].id == "n7"


def test_the_arrays_are_mapped_from_disk(tmp_path: Path) -> None:
    Engine().fit(Document(f"d{n}", f"涂层{n}防腐", "环氧树脂石墨烯" * 3) for n in range(400)).save(tmp_path)
    postings = Engine.load(tmp_path)._state.segments[0].postings
    assert isinstance(postings.weights.base, np.memmap)


def test_a_snapshot_holds_no_pickle(saved: tuple[Engine, Path]) -> None:
    assert {path.suffix for path in saved[1].rglob("*") if path.is_file()} == {".npy", ".json"}
    for path in saved[1].rglob("*.npy"):
        np.load(path, allow_pickle=False)


def test_only_the_newest_snapshot_is_kept(saved: tuple[Engine, Path]) -> None:
    engine, folder = saved
    engine.save(folder)
    assert len(list(folder.glob("snapshot-*"))) == 1


def test_an_empty_engine_can_be_kept(tmp_path: Path) -> None:
    Engine().fit([]).save(tmp_path)
    assert Engine.load(tmp_path).rank(WANTS_COATING) == []


def test_a_missing_snapshot_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="no snapshot"):
        Engine.load(tmp_path)


@pytest.mark.parametrize("damage", [b"", b"\x00" * 100, None])
def test_a_damaged_file_is_refused(saved: tuple[Engine, Path], damage: bytes | None) -> None:
    files = sorted(path for path in saved[1].rglob("*") if path.is_file())
    for path in files:
        before = path.read_bytes()
        if damage is None:
            path.unlink()
        else:
            path.write_bytes(damage)
        with pytest.raises(SnapshotError):
            Engine.load(saved[1])
        path.write_bytes(before)
    Engine.load(saved[1])


@pytest.mark.parametrize(("key", "value", "sentence"), [("format", 0, "format 0"), ("text", "x", "dictionary")])
def test_an_older_snapshot_is_refused(saved: tuple[Engine, Path], key: str, value: object, sentence: str) -> None:
    path = saved[1] / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    with pytest.raises(SnapshotError, match=sentence):
        Engine.load(saved[1])


def test_readers_never_see_half_a_snapshot(saved: tuple[Engine, Path]) -> None:
    engine, folder = saved
    failures: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                assert Engine.load(folder).rank(WANTS_COATING)
            except BaseException as error:
                failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(15):
        engine.save(folder)
    stop.set()
    reader.join()
    assert failures == []
