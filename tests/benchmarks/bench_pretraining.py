"""What the pre-training pages cost: the logit lens, the untied copy, the rows of a table, a change on each page."""

# ruff: noqa: I001 (timing sets the thread environment before torch)
from tests.benchmarks.timing import median_ms, row, seconds

import time

from pathlib import Path

from streamlit.testing.v1 import AppTest

from explorer import Scene, ModelSpec, load
from explorer.analysis.pretraining.masked import Recipe, hide, shares
from explorer.analysis.pretraining.next_sentence import orders
from explorer.analysis.pretraining.predictions import lens
from explorer.analysis.pretraining.own_argmax import own_rows
from explorer.analysis.pretraining.untying import untying

ROOT = Path(__file__).resolve().parents[2]
TEXT = "That slow wolf beside every cat howls and it roams in its forest."
# A BERT-base vocabulary and width, random, two layers: what its head costs does not depend on what it has learnt.
WIDE = {"hidden_size": 768, "num_hidden_layers": 2, "num_attention_heads": 12, "intermediate_size": 3_072}


def change(page: str, key: str, values: tuple[str, ...], **params: str) -> float:
    """Median time of a rerun in which this URL parameter moves on, in milliseconds."""
    test = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120)
    for name, value in {"model": "toy-bert", **params}.items():
        test.query_params[name] = value
    test.switch_page(str(ROOT / f"pages/pretraining/{page}.py")).run()
    turns = [0]

    def step() -> None:
        turns[0] += 1
        test.query_params[key] = values[turns[0] % len(values)]
        test.run()
        assert not test.exception

    return median_ms(step, 9)


if __name__ == "__main__":
    toy, minilm = load(ModelSpec("embedded", "toy-bert", head="pretraining")), load()
    wide = load(ModelSpec("config", "bert", overrides=WIDE, head="mlm"))
    scene = Scene(wide, "word " * 126)
    hidden = Scene(wide, hide(wide, scene.encoded, [5]))
    row("logit lens, 3 states x 30,522 words, width 768", f"{median_ms(lambda: lens(scene, hidden, 5)):.0f} ms")
    row("recipe drawn for a million tokens", f"{median_ms(lambda: shares(Recipe(), 1_000_000, 0)):.0f} ms")
    sentences = ["It roams in its forest."] * 6
    row("36 ordered pairs, toy BERT", f"{median_ms(lambda: orders(toy, sentences), 5):.0f} ms", "< 1000 ms")
    short = Scene(toy, TEXT)
    row("untied copy, 10 steps, toy BERT", f"{median_ms(lambda: untying(short, 10), 5):.0f} ms", "< 1000 ms")
    table = minilm.base.get_parameter("embeddings.word_embeddings.weight")
    row(
        "rows of MiniLM's table, 30,522 (processor time)",
        f"{seconds(lambda: list(own_rows(table)), time.process_time):.1f} s",
    )
    for page, key, values, params in (
        ("masked", "mask", ("2", "3", "5", "7"), {}),
        ("masked", "mask", ("2", "3", "5", "7"), {"show": "lens"}),
        ("masked", "show", ("recipe", "guess"), {}),
        ("next_sentence", "nsp", ("segments", "path"), {}),
        ("tied", "of", ("t5-small", "bert-base", "gpt2"), {}),
    ):
        row(f"change of {key} on {page}, toy BERT", f"{change(page, key, values, **params):.0f} ms", "< 300 ms")
