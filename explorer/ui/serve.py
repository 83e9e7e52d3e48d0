"""Start the app: `python -m explorer.ui.serve`, with Streamlit's own options after it. `make run` does this.

Two things have to happen before Streamlit's first session, and so cannot stand in streamlit_app.py: the model is loaded
while the browser opens, and the folder `pages/` is not taken for Streamlit's old automatic navigation, which would
greet a first visitor who follows a deep link with "Page not found".
"""

import os
import sys
from threading import Thread

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("HF_HUB_OFFLINE", "1")  # read at import, which the warm-up does before streamlit_app.py runs
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web import cli

from explorer.home import APP
from explorer.ui import warm


def main() -> None:
    """Warm up in the background and hand over to `streamlit run`."""
    PagesManager.uses_pages_directory = False
    secrets_singleton.load_if_toml_exists()  # its top-level entries become environment variables, for models.settings
    Thread(target=warm.model, name="warm-up", daemon=True).start()
    sys.argv = ["streamlit", "run", str(APP / "streamlit_app.py"), *sys.argv[1:]]
    cli.main()


if __name__ == "__main__":
    main()
