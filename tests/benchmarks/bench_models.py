"""What the pages cost that hold two runs against each other, at 512 tokens: the first time, and a change after that."""

# ruff: noqa: I001 (timing sets the thread environment before torch)
from tests.benchmarks.timing import median_ms, row, seconds

from pathlib import Path

from streamlit.testing.v1 import AppTest

from explorer import Scene, Variant, load
from explorer.analysis.models.compare import heads_moved, layers_alike, measure_maps
from explorer.analysis.models.word_change import word_change
from tests.conftest import page_text

ROOT = Path(__file__).resolve().parents[2]
WORDS = "the river rose by night and an old bridge fell "
TEXT = " ".join((WORDS * 52).split()[:510])


def opened(page: str, **params: str) -> AppTest:
    """A page that has been drawn."""
    test = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120)
    test.query_params["text"] = TEXT
    for name, value in params.items():
        test.query_params[name] = value
    return test.switch_page(str(ROOT / f"pages/models/{page}.py")).run()


def change(page: str, key: str, values: tuple[object, object], **params: str) -> float:
    """Median time of a rerun in which this choice moves to and fro, in milliseconds."""
    test, turns = opened(page, **params), [0]

    def step() -> None:
        turns[0] += 1
        widgets = [widget for widget in (*test.button_group, *test.selectbox) if widget.key == key]
        widgets[0].set_value(values[turns[0] % 2])
        before = page_text(test)
        test.run()
        assert not test.exception
        assert page_text(test) != before, "the picture's sentence follows the choice"

    return median_ms(step, 7)


if __name__ == "__main__":
    minilm = load()
    a = Scene(minilm, TEXT)
    b = a.under(Variant(causal=True))
    assert a.encoded.n_tokens == b.encoded.n_tokens == 512
    row("all heads of two runs, 512 tokens", f"{median_ms(lambda: heads_moved(a, b), 3):.0f} ms")
    row("dead rows of two runs, 512 tokens", f"{median_ms(lambda: measure_maps(a, b, 'dead'), 3):.0f} ms")
    row("7 x 7 states by CKA, 512 tokens", f"{median_ms(lambda: layers_alike(a, b), 3):.0f} ms")
    row(
        "a word exchanged (4 runs), 512 tokens",
        f"{median_ms(lambda: word_change(Scene(minilm, TEXT), 400, 'fire'), 3):.0f} ms",
    )
    opened("who_sees_whom")
    row("compare opened for the first time, 512 tokens", f"{1000 * seconds(lambda: opened('compare')):.0f} ms", "< 3 s")
    for page, key, values, params in (
        ("compare", "head", (3, 4), {"look": "head"}),
        ("compare", "look", ("heads", "layers"), {}),
        ("compare", "measure", ("entropy", "max_prob"), {"look": "saturation"}),
        ("who_sees_whom", "family", ("bert", "xlnet"), {}),
        ("who_sees_whom", "head", (3, 4), {"show": "attention"}),
    ):
        row(f"change of {key} on {page}, 512 tokens", f"{change(page, key, values, **params):.0f} ms", "< 300 ms")
