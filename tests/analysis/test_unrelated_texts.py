"""Unrelated texts: in the language that the tokenizer knows, and their cosines by hand."""

from itertools import combinations

import numpy as np
import pytest

from explorer import load, run
from explorer.analysis.unrelated_texts import strangers, texts
from explorer.models.registry import OFFERS


def test_the_texts_are_in_the_models_language(minilm):
    toy = load(OFFERS["toy-bert"])
    assert texts(minilm)[0].startswith("The train") and texts(toy)[0].startswith("That slow wolf")
    assert len(texts(minilm)) == len(texts(toy)) == 6


def test_the_mean_of_all_pairs(minilm):
    means = [run(minilm, text).hidden[-1][0].double().mean(0).numpy() for text in texts(minilm)]
    pairs = [a @ b / np.linalg.norm(a) / np.linalg.norm(b) for a, b in combinations(means, 2)]
    found = strangers(minilm)
    assert len(pairs) == 15 and found.mean == pytest.approx(np.mean(pairs), abs=1e-5)
    assert found.pooled is not None and found.pooled > found.mean, "the pooler of this model was never trained for this"
