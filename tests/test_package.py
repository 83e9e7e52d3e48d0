"""The wheel, installed where nothing of the checkout can be seen: the library, the app's files and its command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import explorer
from tests.browser.conftest import served

ROOT = Path(__file__).resolve().parents[1]
OPEN_EVERY_PAGE = """
from streamlit.testing.v1 import AppTest
from explorer.home import APP
from explorer.ui.shell.navigation import PAGES

assert APP.name == "app", APP
test = AppTest.from_file(str(APP / "streamlit_app.py"), default_timeout=60).run()
for entry in (PAGES[0], PAGES[-1]):
    test = test.switch_page(str(APP / entry.path)).run()
    assert not test.exception and any("bx-reading" in html.proto.body for html in test.get("html")), entry
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The folder in which the wheel, and nothing else, is installed."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "-q", "--no-input"]
    subprocess.run([*pip, "wheel", "--no-build-isolation", "--no-deps", "-w", folder, ROOT], check=True)
    (wheel,) = folder.glob("bert_explorer-*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", folder / "site", wheel], check=True)
    return folder / "site"


def environment(installed: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(installed)}


def test_the_version_is_that_of_the_package(installed):
    assert (installed / f"bert_explorer-{explorer.__version__}.dist-info").is_dir()
    assert (installed / "explorer" / "py.typed").is_file()


def test_the_installed_app_opens_its_pages(installed, tmp_path):
    child = [sys.executable, "-c", OPEN_EVERY_PAGE]
    subprocess.run(child, check=True, cwd=tmp_path, env=environment(installed), timeout=120)


def test_the_command_starts_the_app_with_its_own_settings(installed, tmp_path):
    command = [sys.executable, installed / "bin" / "bert-explorer"]
    with served(command, tmp_path / "log", environment(installed), tmp_path):
        assert "http://127.0.0.1:" in (tmp_path / "log").read_text(), "the address stands in .streamlit/config.toml"
