"""Start the app: `python -m explorer.ui.shell.serve`, with Streamlit's own options after it. `make run` does this, and
`streamlit run streamlit_app.py` is the same.

What has to happen before Streamlit's first session: the model is loaded, the folder `pages/` is not taken for
Streamlit's old automatic navigation, which would greet a first visitor who follows a deep link with "Page not found",
scripts and styles are sent compressed, browsers in a class room are told of news, and the server is bounded against
strangers (`door`, `bounds`). A launcher that does not look for `app` in streamlit_app.py has none of these.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("HF_HUB_OFFLINE", "1")  # read at import, which the warm-up does before streamlit_app.py runs
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.pages_manager import PagesManager
from streamlit.web import cli

from explorer.capture.gate import few_arenas
from explorer.home import APP
from explorer.models import trained
from explorer.ui.shell import preload
from explorer.ui.shell.bounds import bound
from explorer.ui.shell.compressed import Compressed
from explorer.ui.shell.door import Door
from explorer.ui.shell.news import News


@asynccontextmanager
async def warm(_: st.App) -> AsyncIterator[None]:
    """Load the model before the first visitor is let in: thirty who come at once would wait for it inside.

    The top-level secrets become environment variables, for models.settings. To read them earlier would read the
    settings without the options of the command line, and Streamlit would report that they have changed.
    """
    trained.sweep()
    await asyncio.to_thread(preload.model)
    yield


def settings() -> dict[str, Any]:
    """What `st.App` is made with, in a process that is ready for it; to be called once."""
    PagesManager.uses_pages_directory = False
    bound()
    few_arenas()
    return {"lifespan": warm, "middleware": [Middleware(Door), Middleware(News), Middleware(Compressed)]}


def main() -> None:
    """Serve until stopped."""
    cli.main(["run", str(APP / "streamlit_app.py"), *sys.argv[1:]], prog_name="streamlit")


if __name__ == "__main__":
    main()
