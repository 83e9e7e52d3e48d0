"""Streamlit as the server bounds it."""

import asyncio
import logging
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner

from explorer.ui.shell import bounds


def alone(work: Coroutine[Any, Any, Any]) -> Any:
    """Its result, from a thread of its own: in this one the browser tests may have left their loop running."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


@pytest.fixture
def bounded(monkeypatch):
    """Streamlit with the bounds, set back afterwards."""
    for owner, name in (
        (AppSession, "_handle_clear_cache_request"),
        (MemoryUploadedFileManager, "add_file"),
        (ScriptRunner, "_run_script"),
        (bounds.net_util, "get_internal_ip"),
        (bounds.net_util, "get_external_ip"),
    ):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    before = {name: logging.getLogger(name).filters[:] for name in bounds.LOGS}
    bounds.bound()
    yield
    for name, filters in before.items():
        logging.getLogger(name).filters = filters
