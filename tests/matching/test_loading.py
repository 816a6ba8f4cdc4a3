"""What importing costs: nothing is loaded or done before it is needed."""

import subprocess
import sys

import pytest

import matching


def _modules_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_tokenizer_loads_neither_scikit_learn_nor_numpy() -> None:
    loaded = _modules_after("import matching.text")
    assert not loaded & {"sklearn", "scipy", "numpy", "jieba", "rjieba", "opencc"}


def test_tokenizing_leaves_logging_alone() -> None:
    code = (
        "import logging; from matching import cutting; cutting.build_jieba();"
        "print(logging.getLogger().handlers, logging.getLogger('jieba').isEnabledFor(logging.WARNING))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] False"
    assert done.stderr == ""


def test_every_public_name_can_be_fetched() -> None:
    for name in matching.__all__:
        assert getattr(matching, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError):
        matching.Nothing
