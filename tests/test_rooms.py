"""The rules of the house: who may import whom, one commit, sizes, docstrings, annotations, and nothing but our own words."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("webapp", "matching", "search", "seed")
TOPICS = ("accounts", "messages", "attachments", "catalog", "confidentiality", "matches", "brokers", "tasks", "licences", "discovery", "imports", "figures", "admin")
DOORS = {"pages.py", "forms.py", "security.py", "signing.py", "organisation_pages.py", "command.py", "asked.py", "facets.py"}
DOOR_PARTS = ("pages_", "forms_")  # a door grown past its cap: pages_fresh.py beside pages.py
DOOR_MODULES = {"cli.py", "serving.py", "chrome.py", "topics.py", "__init__.py"}
FILE_CAP, FILE_MEDIAN = 400, 120
BODY_CAP, BODY_MEDIAN = 50, 8


def sources(*folders: str) -> list[Path]:
    """Python files of these folders, migrations left out: they are generated."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if "versions" not in path.parts]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def imported(path: Path) -> Iterator[str]:
    """Modules a file imports, those only for type checking left out."""
    hidden = {
        id(inner)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree(path)):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def body_length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function's body without its docstring."""
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def roots(path: Path) -> set[str]:
    return {module.split(".")[0] for module in imported(path)}


@pytest.mark.parametrize("library", ["matching", "search"])
def test_the_libraries_know_neither_flask_nor_database_nor_application(library: str) -> None:
    barred = {"flask", "sqlalchemy", "webapp", "seed"} | ({"search"} if library == "matching" else set())
    assert {name(path): found for path in sources(library) if (found := roots(path) & barred)} == {}


def test_search_takes_nothing_of_matching_but_its_tokenizer() -> None:
    wrong = {
        name(path): module
        for path in sources("search")
        for module in imported(path)
        if module.split(".")[0] == "matching" and not module.startswith("matching.text") and module != "matching"
    }
    assert wrong == {}


def test_importing_search_does_not_load_scikit_learn() -> None:
    code = "import search, sys; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_only_pages_of_core_know_flask() -> None:
    wrong = [name(p) for p in sources("webapp/core") if p.name != "pages.py" and any(r.startswith("flask") for r in roots(p))]
    assert wrong == []


def test_models_states_fields_and_policies_know_no_web() -> None:
    files = {"models.py", "states.py", "fields.py", "policy.py", "values.py", "documents.py"}
    wrong = {
        name(path): found
        for topic in TOPICS
        for path in sources(f"webapp/{topic}")
        if path.name in files
        # The accounts library's mixin is the one exception: its name begins with flask.
        if (found := {m for m in imported(path) if m.split(".")[0].startswith("flask") and not m.startswith("flask_security.core")})
    }
    assert wrong == {}


def test_services_know_no_flask() -> None:
    wrong = [
        name(path)
        for topic in TOPICS
        for path in sources(f"webapp/{topic}")
        if path.name not in DOORS and not path.name.startswith(DOOR_PARTS) and any(m.split(".")[0].startswith("flask") and "flask_security.core" not in m for m in imported(path))
    ]
    assert wrong == []


def test_pages_and_jobs_go_through_services_only() -> None:
    wrong = {}
    for topic in TOPICS:
        for path in sources(f"webapp/{topic}"):
            if path.name not in {"pages.py", "jobs.py"} and not path.name.startswith(DOOR_PARTS):
                continue
            foreign = {
                m
                for m in imported(path)
                if m.split(".")[0] in {"matching", "search"}
                or re.match(r"webapp\.engines", m)
                or (re.match(r"webapp\.\w+\.models", m) and not m.startswith(f"webapp.{topic}."))
                or m == "sqlalchemy.select"
            }
            if foreign:
                wrong[name(path)] = foreign
    assert wrong == {}


def test_there_is_one_commit_in_the_program() -> None:
    places = []
    for path in sources("webapp", "seed"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit":
                places.append(f"{name(path)}: {ast.unparse(node.func)}")
    assert sorted(places) == [
        "webapp/core/db.py: session.commit",
        "webapp/core/pages.py: savepoint.commit",
        "webapp/migrations/env.py: connection.commit",
    ]


def test_nobody_imports_seed() -> None:
    assert [name(path) for path in sources("webapp", "matching", "search") if "seed" in roots(path)] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_files_stay_small(package: str) -> None:
    lines = {name(path): len(path.read_text("utf-8").splitlines()) for path in sources(package)}
    assert {path: count for path, count in lines.items() if count > FILE_CAP} == {}


def test_the_median_file_is_read_in_one_sitting() -> None:
    assert median(len(path.read_text("utf-8").splitlines()) for path in sources(*PACKAGES)) <= FILE_MEDIAN


@pytest.mark.parametrize("package", PACKAGES)
def test_functions_stay_small(package: str) -> None:
    lengths = {f"{name(path)}:{node.name}": body_length(node) for path in sources(package) for node in functions(path)}
    assert {place: count for place, count in lengths.items() if count > BODY_CAP} == {}
    assert median(lengths.values()) <= BODY_MEDIAN


def test_every_module_says_what_it_is_for() -> None:
    assert [name(path) for path in sources(*PACKAGES) if path.read_text("utf-8").strip() and not ast.get_docstring(tree(path))] == []


def test_every_function_of_libraries_and_application_is_annotated() -> None:
    missing = []
    for path in sources(*PACKAGES):
        for node in functions(path):
            named = [a for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs) if a.arg not in {"self", "cls"}]
            if (node.returns is None or any(a.annotation is None for a in named)) and path.name != "__init__.py":
                missing.append(f"{name(path)}:{node.name}")
    assert missing == []


def test_templates_have_no_inline_style_or_script() -> None:
    wrong = []
    for path in sorted((ROOT / "webapp/templates").rglob("*.html")):
        text = path.read_text("utf-8")
        if re.search(r"\sstyle=|<style|\son[a-z]+=\"|javascript:|<script(?![^>]*\ssrc=)", text):
            wrong.append(name(path))
    assert wrong == []


def test_no_chinese_in_templates_outside_translation() -> None:
    wrong = []
    for path in sorted((ROOT / "webapp/templates").rglob("*.html")):
        text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.S)
        text = re.sub(r"\{% trans.*?%\}.*?\{% endtrans %\}", "", text, flags=re.S)
        text = re.sub(r"\b_\(\s*(['\"])(?:\\.|(?!\1).)*\1", "", text, flags=re.S)
        if found := re.search(r"[\u4e00-\u9fff]+", text):
            wrong.append(f"{name(path)}: {found[0]}")
    assert wrong == []


def test_every_tests_folder_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}
    assert [name(folder) for folder in folders if not (folder / "__init__.py").exists()] == []
