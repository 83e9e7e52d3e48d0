"""What the input pages cost: neighbours in the word table, and a change on each page at 128 tokens."""

# ruff: noqa: I001 (timing sets the thread environment before torch)
from tests.benchmarks.timing import median_ms, row

from pathlib import Path

from streamlit.testing.v1 import AppTest

from explorer import Scene, load, run
from explorer.analysis.input.sum import one_hot
from explorer.analysis.input.neighbours import neighbours, paths
from explorer.analysis.input.positions import tables
from explorer.analysis.input.tokens import traces

ROOT = Path(__file__).resolve().parents[2]
WORDS = "the river rose by night and an old bridge fell "
TEXT = " ".join((WORDS * 13).split()[:126])


def change(page: str, key: str, values: tuple[str, str], **params: str) -> float:
    """Median time of a rerun in which this URL parameter moves to and fro, in milliseconds."""
    test = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120)
    test.query_params["text"] = TEXT
    for name, value in params.items():
        test.query_params[name] = value
    test.switch_page(str(ROOT / f"pages/input/{page}.py")).run()
    turns = [0]

    def step() -> None:
        turns[0] += 1
        value = values[turns[0] % 2]
        if any(slider.key == f"{page}.{key}" for slider in test.slider):
            # A new order every time, so that its run is not found in the cache.
            test.slider(key=f"{page}.{key}").set_value(2 + turns[0] % 19)
        else:
            test.query_params[key] = value
        before = [block.proto.body for block in test.get("html")]
        test.run()
        assert not test.exception
        assert before != [block.proto.body for block in test.get("html")] or page == "tokens"

    return median_ms(step, 9)


if __name__ == "__main__":
    minilm = load()
    seen = run(minilm, TEXT)
    assert seen.encoded.n_tokens == 128
    row("neighbours of a word, 30,522 x 384", f"{median_ms(lambda: neighbours(minilm, 2314)):.0f} ms", "< 100 ms")
    row("one-hot product, 128 tokens", f"{median_ms(lambda: one_hot(Scene.of(minilm, seen))):.0f} ms")
    row("map of 7 layers, 128 tokens", f"{median_ms(lambda: paths(Scene.of(minilm, seen), 1)):.0f} ms")
    row("both position tables and their cosines", f"{median_ms(lambda: tables(minilm)):.0f} ms")
    row("search for a word of 100 characters", f"{median_ms(lambda: traces(minilm.tokenizer, 'x' * 100)):.1f} ms")
    for page, key, values, params in (
        ("tokens", "token", ("3", "4"), {}),
        ("sum", "token", ("3", "4"), {}),
        ("neighbours", "token", ("3", "4"), {}),
        ("neighbours", "near", ("river", "music"), {"panel": "nearest"}),
        ("positions", "seed", ("3", "4"), {"show": "shuffle"}),
        ("positions", "show", ("similarity", "formula"), {}),
        ("positions", "dimension", ("3", "4"), {"show": "formula"}),
    ):
        row(f"change of {key} on {page}, 128 tokens", f"{change(page, key, values, **params):.0f} ms", "< 300 ms")
