"""What can happen to an index kept in files, and how it recovers."""

import os
import random
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest
from whoosh.filedb.filestore import FileStorage

from search import Index, IndexDamaged, Query
from tests.search.conftest import ids, row

BATTERY = Query("电池", ("public",))


@pytest.fixture
def files(folder: Path) -> Index:
    made = Index.open(folder, wait=1.0)
    made.rebuild([row("r1", "电池")])
    return made


@pytest.mark.parametrize("victim", ["*.toc", "*.seg"])
@pytest.mark.parametrize("harm", ["emptied", "torn", "removed"])
def test_a_damaged_index_is_told_and_can_be_rebuilt(files: Index, folder: Path, victim: str, harm: str) -> None:
    for file in folder.glob(f"build-*/{victim}"):
        whole = file.read_bytes()
        if harm == "removed":
            file.unlink()
        else:
            file.write_bytes(whole[: len(whole) // 2] if harm == "torn" else b"")
    fresh = Index.open(folder)
    with pytest.raises(IndexDamaged):
        fresh.query(BATTERY)
    fresh.rebuild([row("r1", "电池")])
    assert fresh.query(BATTERY).total == 1


def test_bytes_gone_bad_inside_a_file_are_told_when_they_are_met(files: Index, folder: Path) -> None:
    files.rebuild([row(f"r{i}", "电池" * 20, "".join(chr(0x4E00 + i + j) for j in range(300))) for i in range(60)])
    (file,) = folder.glob("build-*/*.seg")
    whole = bytearray(file.read_bytes())
    told = 0
    for start in range(0, len(whole), 20_000):
        file.write_bytes(whole[:start] + bytes(b ^ 0x55 for b in whole[start : start + 2_000]) + whole[start + 2_000 :])
        fresh = Index.open(folder)
        try:
            for typed in ("电池", "一*", '"电池电池"', "丁"):
                fresh.query(Query(typed, ("public",), facets=("kind",)))
        except IndexDamaged:
            told += 1
    assert told


def test_opening_a_segment_copies_none_of_its_lists_into_memory(files: Index, folder: Path) -> None:
    files.rebuild([row(f"r{i}", "电池", "".join(chr(0x4E00 + (i * j) % 9000) for j in range(900))) for i in range(300)])
    size = files.describe()["bytes"]
    tracemalloc.start()
    try:
        fresh = Index.open(folder)
        assert fresh.describe()["documents"] == 300
        assert tracemalloc.get_traced_memory()[1] < size / 4
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("content", [b"", b"build-gone\n", b"\xff\xfe\n\n"])
def test_a_pointer_to_nothing_is_told(files: Index, folder: Path, content: bytes) -> None:
    (folder / "CURRENT").write_bytes(content)
    with pytest.raises(IndexDamaged):
        files.query(BATTERY)


def test_a_full_disk_changes_nothing_and_frees_the_writer(files: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(FileStorage, "rename_file", full)
        with pytest.raises(OSError, match="no space"):
            files.apply([row("r2", "电池")], ["r1"])
    assert ids(files.query(BATTERY)) == ["r1"]
    files.apply([row("r3", "电池")])
    assert ids(files.query(BATTERY)) == ["r1", "r3"]


def test_a_rebuild_leaves_one_build_behind(files: Index, folder: Path) -> None:
    files.rebuild([row("r2", "电池")])
    with pytest.raises(ZeroDivisionError):
        files.rebuild(row(str(1 // i)) for i in (1, 0))
    assert len(list(folder.glob("build-*"))) == 1
    assert ids(files.query(BATTERY)) == ["r2"]


def test_forked_writers_never_give_two_segments_one_name(files: Index) -> None:
    for i in range(3):
        random.seed(1)
        files.apply([row(f"s{i}", "电池")])
    assert files.query(BATTERY).total == 4


WRITING = """
import sys, time
from search import Index, SearchDocument
def slow():
    for i in range(100_000):
        print("writing", flush=True)
        yield SearchDocument(f"s{i}", "result", "电池", access=("public",))
        time.sleep(0.01)
index = Index.open(sys.argv[1])
index.apply(slow()) if sys.argv[2] == "apply" else index.rebuild(slow())
"""


@pytest.mark.parametrize("deed", ["apply", "rebuild"])
def test_a_killed_writer_leaves_the_index_as_it_was_and_the_lock_free(files: Index, folder: Path, deed: str) -> None:
    writer = subprocess.Popen([sys.executable, "-c", WRITING, str(folder), deed], stdout=subprocess.PIPE, cwd=Path.cwd(),
                              env={**os.environ, "PYTHONPATH": str(Path.cwd())})  # fmt: skip
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"writing\n"
    time.sleep(0.1)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    assert ids(files.query(BATTERY)) == ["r1"]
    files.apply([row("r2", "电池")])
    files.rebuild([row("r3", "电池")])
    assert ids(files.query(BATTERY)) == ["r3"]
    assert len(list(folder.glob("build-*"))) == 1


def test_importing_the_library_loads_neither_scikit_learn_nor_a_web_framework() -> None:
    probe = "import sys, search; print(sorted({'sklearn', 'scipy', 'flask', 'sqlalchemy', 'psycopg', 'jieba'} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, cwd=Path.cwd(),
                          env={**os.environ, "PYTHONPATH": str(Path.cwd())})  # fmt: skip
    assert told.stdout.strip() == "[]"
