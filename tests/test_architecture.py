"""The rules of the house that no type checker sees: who may import whom, and what a page may contain."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LAYERS = ("home", "errors", "quantities", "i18n", "models", "capture", "analysis", "training", "figures", "ui")
# Heavy or replaceable libraries have one home each.
HOMES = {
    "transformers": {"models", "capture", "training"},
    "plotly": {"figures"},
    "bertviz": {"figures"},
    "IPython": {"figures"},
    "streamlit": {"ui"},
}
MODULES = sorted((ROOT / "explorer").rglob("*.py"))
PAGES = sorted((ROOT / "pages").rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Dotted names of everything that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def layer_of(path: Path) -> str:
    return path.relative_to(ROOT / "explorer").parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", [p for p in MODULES if p.parent != ROOT / "explorer" or p.stem != "__init__"], ids=str)
def test_imports_point_to_the_left(path):
    here = layer_of(path)
    for name in imported(path):
        top, _, rest = name.partition(".")
        if top == "explorer" and rest:
            there = rest.split(".")[0]
            assert LAYERS.index(there) <= LAYERS.index(here), f"{here} imports {name}"
        if top in HOMES:
            assert here in HOMES[top], f"{here} imports {name}"


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_a_page_only_puts_things_together(path):
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    assert len(source.splitlines()) <= 60, "a page has at most 60 lines"
    allowed = {"explorer", "streamlit"}
    assert {name.split(".")[0] for name in imported(path)} <= allowed
    arithmetic = [n for n in ast.walk(tree) if isinstance(n, ast.BinOp) and not isinstance(n.op, ast.BitOr)]
    assert not arithmetic, "numbers are computed in explorer/analysis"
    docstring = ast.get_docstring(tree, clean=False)
    words = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    for text in words:
        assert text == docstring or " " not in text, f"words for the reader belong to the catalogue: {text!r}"


def test_no_python_file_directly_in_pages():
    assert not list((ROOT / "pages").glob("*.py"))


def test_bertviz_has_one_home():
    homes = {path.name for path in MODULES if any(n.split(".")[0] in ("bertviz", "IPython") for n in imported(path))}
    assert homes <= {"bertviz.py"}


def test_every_page_is_in_the_menu():
    from explorer.ui.shell import navigation

    assert sorted(entry.path for entry in navigation.PAGES) == [str(path.relative_to(ROOT)) for path in PAGES]
