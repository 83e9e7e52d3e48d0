"""Where the app's own files are: beside the package in a checkout, in its folder `app` once it is installed."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
APP = _PACKAGE / "app" if (_PACKAGE / "app").is_dir() else _PACKAGE.parent
ASSETS = APP / "assets"
