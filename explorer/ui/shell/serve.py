"""Start the app: `python -m explorer.ui.shell.serve`, with Streamlit's own options after it. `make run` does this.

What has to happen before Streamlit's first session cannot stand in streamlit_app.py: the model is loaded, the
folder `pages/` is not taken for Streamlit's old automatic navigation, which would greet a first visitor who follows a
deep link with "Page not found", scripts and styles are sent compressed, and the server is bounded against strangers
(`door`, `bounds`). `streamlit run streamlit_app.py` works too, without these: for oneself alone.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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

ENTRY = APP / "streamlit_app.py"


@asynccontextmanager
async def warm(_: st.App) -> AsyncIterator[None]:
    """Load the model before the first visitor is let in: thirty who come at once would wait for it inside.

    The top-level secrets become environment variables, for models.settings. To read them earlier would read the
    settings without the options of the command line, and Streamlit would report that they have changed.
    """
    trained.sweep()
    await asyncio.to_thread(preload.model)
    yield


def main() -> None:
    """Serve until stopped."""
    # Streamlit's own command line reads the options, so that they are named and checked as in `streamlit run`.
    given = cli.main_run.make_context("streamlit run", [str(ENTRY), *sys.argv[1:]]).params
    options = {name.replace("_", "."): value for name, value in given.items() if name not in {"target", "args"}}
    PagesManager.uses_pages_directory = False
    sys.argv = [str(ENTRY)]  # its folder is where .streamlit/ is looked for
    bound()
    few_arenas()
    app = st.App(ENTRY, lifespan=warm, middleware=[Middleware(Door), Middleware(News), Middleware(Compressed)])
    app.run(config={name: value for name, value in options.items() if value not in (None, ())})


if __name__ == "__main__":
    main()
