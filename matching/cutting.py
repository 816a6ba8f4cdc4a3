"""Cut a run of Chinese characters into words with jieba, or with its compiled twin rjieba where that is installed."""

import logging
import os
import tempfile
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

from matching.lists import dictionary

Cutter = Callable[[str], list[str]]
_lock = threading.Lock()
_cutter: Cutter | None = None


def _private_folder() -> str:
    """A folder only we can write to: jieba's cache is marshal data, and loading a planted one would run it."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = Path(home) / "sunmao-jieba"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = folder.stat()
        if os.access(folder, os.W_OK) and (not hasattr(os, "getuid") or state.st_uid == os.getuid()):
            folder.chmod(0o700)
            return str(folder)
    except OSError:
        pass
    return tempfile.mkdtemp(prefix="sunmao-jieba-")


def build_jieba() -> Cutter:
    """A tokenizer of our own, so that no other user of jieba in this process sees our dictionary."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    jieba.default_logger.handlers.clear()
    jieba.default_logger.addHandler(logging.NullHandler())
    jieba.setLogLevel(logging.ERROR)
    jieba.dt.tmp_dir = _private_folder()
    tokenizer = jieba.Tokenizer()
    tokenizer.tmp_dir = jieba.dt.tmp_dir
    tokenizer.initialize()
    for word, frequency in dictionary().items():
        tokenizer.add_word(word, frequency)
    cut: Cutter = tokenizer.lcut
    return cut


def build_rjieba() -> Cutter:
    """The compiled twin: the same words on Chinese runs, many times faster."""
    import rjieba

    tokenizer = rjieba.Jieba()
    for word, frequency in dictionary().items():
        tokenizer.add_word(word, frequency, "n")
    cut: Cutter = tokenizer.cut
    return cut


def cut(run: str) -> list[str]:
    """Words of one run of Chinese characters; the dictionary is loaded once, by the first caller."""
    global _cutter
    if _cutter is None:
        with _lock:
            if _cutter is None:
                try:
                    _cutter = build_rjieba()
                except ImportError:
                    _cutter = build_jieba()
    return _cutter(run)
