"""What stands under a picture."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import page_text


def _app(difference: float) -> None:
    from explorer.i18n import Translator
    from explorer.ui.parts.show import check

    check(Translator("en"), difference)


@pytest.mark.parametrize(("difference", "mark"), [(0.0, "✓"), (9.9e-6, "✓"), (1.1e-5, "✗"), (float("nan"), "✗")])
def test_a_difference_that_is_not_small_is_no_tick(difference, mark):
    said = page_text(AppTest.from_function(_app, args=(difference,)).run())
    assert mark in said and ("✓" in said) != ("✗" in said)
