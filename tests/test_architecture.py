"""The rules of the house that no type checker sees: who may import whom, and what a page may contain."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LAYERS = (
    "home",
    "errors",
    "quantities",
    "glossary",
    "i18n",
    "course",
    "work",
    "models",
    "class_room",
    "capture",
    "analysis",
    "training",
    "figures",
    "ui",
)
# Heavy or replaceable libraries have one home each.
HOMES = {
    "transformers": {"models", "capture", "training"},
    "plotly": {"figures"},
    "bertviz": {"figures"},
    "IPython": {"figures"},
    "yaml": {"course"},
    "streamlit": {"ui"},
    "segno": {"ui"},
    "redis": {"class_room"},
}
MODULES = sorted((ROOT / "explorer").rglob("*.py"))
PAGES = sorted((ROOT / "pages").rglob("*.py"))
STYLED = [
    path for room in ("explorer", "assets/style") for path in (ROOT / room).rglob("*") if path.suffix in (".js", ".css")
]
# Inside ui: what stands left is known to what stands right. The questions' experiments are one panel in two files.
FLOORS = ("shell", "browser", "parts", "panels")
EXPERIMENTS = "explorer.ui.panels.questions.experiments"
# Their subject is what single architectures are made of: closed formulas, costs, masks, the toy that is trained here.
ABOUT_ARCHITECTURES = {
    "explorer/analysis/models/who_sees_whom.py",
    "explorer/analysis/structure/closed_form.py",
    "explorer/analysis/structure/cost.py",
    "explorer/analysis/use/segment_memory.py",
    "explorer/training/model.py",
    "explorer/ui/panels/models/who_sees_whom.py",
    "explorer/ui/panels/pretraining/tied.py",
}


def layer_name(path: Path) -> str:
    return path.relative_to(ROOT).parts[1].removesuffix(".py")


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


@pytest.mark.parametrize("path", sorted((ROOT / "explorer" / "ui").rglob("*.py")), ids=str)
def test_inside_ui_imports_point_to_the_left_too(path):
    here = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for name in imported(path):
        if not name.startswith("explorer.ui.") or here.count(".") < 3:
            continue
        room, there = here.split(".")[2], name.split(".")[2]
        assert FLOORS.index(there) <= FLOORS.index(room), f"{here} imports {name}"
        if room == there == "panels" and not name.startswith(EXPERIMENTS):
            assert name.startswith(here), f"no panel imports a panel: {here} imports {name}"


def test_the_address_of_a_page_is_its_name_in_every_layer():
    """A file named as a page stands in that page's section, whatever the layer."""
    from explorer.ui.shell.navigation import PAGES

    sections = {entry.name: entry.section for entry in PAGES}
    rooms = [ROOT / "explorer" / room for room in ("analysis", "figures", "ui/panels")]
    for room in [*rooms, *(ROOT / "tests" / room for room in ("analysis", "figures"))]:
        for path in room.rglob("*.py"):
            name = path.stem.removeprefix("test_")
            if name in sections:
                assert path.parent.name == sections[name], f"{path}: /{name} is in the section {sections[name]}"
    for entry in PAGES:
        assert Path(entry.path).parts == ("pages", entry.section, f"{entry.name}.py")


@pytest.mark.parametrize("path", [p for p in [*MODULES, *PAGES] if layer_name(p) not in ("models", "capture")], ids=str)
def test_architectures_are_named_where_models_are_known(path):
    """Elsewhere a page asks for what a model has (`sites`, `facts`), not for its name."""
    if str(path.relative_to(ROOT)) in ABOUT_ARCHITECTURES:
        return
    from explorer.models.sites import STACKS

    words = {n.value for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Constant)}
    assert not words & set(STACKS), path


@pytest.mark.parametrize("path", [*MODULES, *PAGES, *STYLED], ids=str)
def test_colours_have_one_home(path):
    if path.name != "theme.py":
        assert not re.search(r"#[0-9a-fA-F]{6}\b", path.read_text(encoding="utf-8")), f"a colour in {path}"


def test_no_python_file_directly_in_pages():
    assert not list((ROOT / "pages").glob("*.py"))


def test_bertviz_has_one_home():
    homes = {path.name for path in MODULES if any(n.split(".")[0] in ("bertviz", "IPython") for n in imported(path))}
    assert homes <= {"bertviz.py"}


def test_every_page_is_in_the_menu():
    from explorer.ui.shell import navigation

    entries, files = {entry.path for entry in navigation.PAGES}, {str(path.relative_to(ROOT)) for path in PAGES}
    assert entries == files, "PAGES in explorer/ui/shell/navigation.py, and the files in pages"
