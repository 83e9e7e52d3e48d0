"""What any browser may send, and what it must not cost the others."""

import logging

import pytest
import streamlit as st
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from explorer.ui.shell import bounds


def test_a_message_of_two_bytes_ends_nobodys_work(bounded):
    """`clear_cache` is what Streamlit's menu sends; whoever sends it, all caches stay."""
    works = st.cache_resource(lambda: ["a training"])
    kept = works()
    AppSession._handle_clear_cache_request(object())
    assert works() is kept


def test_files_of_a_session_are_few(bounded):
    manager = MemoryUploadedFileManager("/upload")
    for number in range(50):
        manager.add_file("me", UploadedFileRec(f"f{number}", "x.txt", "text/plain", b"x" * 1000))
    manager.add_file("you", UploadedFileRec("f", "x.txt", "text/plain", b"x"))
    held = [file.file_id for file in manager.get_files("me", [f"f{number}" for number in range(50)])]
    assert held == [f"f{number}" for number in range(50 - bounds.MOST_FILES, 50)]
    assert manager._total_bytes == bounds.MOST_FILES * 1000 + 1
    assert manager.get_files("you", ["f"])


def test_scripts_wait_for_their_turn(bounded, monkeypatch):
    ran = []
    monkeypatch.setattr(
        bounds, "_run_script", lambda runner, data: ran.append((runner, data, len(bounds.TURNS._since)))
    )
    ScriptRunner._run_script("runner", "data")
    assert ran == [("runner", "data", 1)] and not bounds.TURNS._since


def test_the_settings_bound_what_is_sent():
    import tomllib

    from explorer.home import APP
    from explorer.ui.panels.use import long_text, task_head

    server = tomllib.loads((APP / ".streamlit/config.toml").read_text("utf-8"))["server"]
    largest = max(long_text.MAX_BYTES / 2**20, task_head.MAX_UPLOAD)
    assert largest <= server["maxUploadSize"] <= 1.1 * largest, "the largest file that a page reads"
    assert server["maxWidgetStateSize"] <= 8


def test_a_mistake_is_logged_once_a_place_and_minute(bounded, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(bounds.time, "monotonic", lambda: now[0])
    log, seen = logging.getLogger("explorer"), []
    handler = logging.Handler()
    handler.emit = seen.append
    log.addHandler(handler)

    def fail(other):
        try:
            if other:
                raise ValueError("other place")
            raise ValueError("forged")
        except ValueError:
            log.exception("page failed")

    try:
        for _ in range(200):
            fail(False)
        fail(True)
        log.error("a sentence")
        log.error("a sentence")
        assert len(seen) == 4
        now[0] = 61
        fail(False)
        assert len(seen) == 5
    finally:
        log.removeHandler(handler)


def test_a_name_that_an_update_takes_away_is_noticed(bounded):
    with pytest.raises(AttributeError, match="no_such_name"):
        bounds._replace(AppSession, "no_such_name", None)
