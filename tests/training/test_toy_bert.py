"""The shipped toy model: small, and as good as its card says."""

import pytest

from explorer import ModelSpec, load, run
from explorer.models.embedded import toy_folder
from explorer.training.batches import Batches
from explorer.training.measures import accuracies
from explorer.training.setting import TrainingSetting
from explorer.training.tokenizer import shipped

SPEC = ModelSpec("embedded", "toy-bert", head="pretraining")


def test_it_has_learnt_the_language():
    found = accuracies(load(SPEC).model, Batches(TrainingSetting(), shipped()), n=500, seed=99, pairs=True)
    assert found.verb >= 0.9
    assert found.agreement >= 0.97
    assert found.place >= 0.9
    assert found.next_sentence >= 0.9


def test_it_is_small():
    assert sum(path.stat().st_size for path in toy_folder().iterdir()) < 5_000_000
    assert {path.name for path in toy_folder().iterdir()} >= {"model.safetensors", "tokenizer.json", "README.md"}


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("That slow wolf beside every cat [MASK] and it roams in its forest.", "howls"),
        ("Few old snakes behind the big pig [MASK] and they roam in their desert.", "hiss"),
    ],
)
def test_it_fills_a_gap(text, right):
    seen = run(load(SPEC), text)
    gap = seen.encoded.tokens.index("[MASK]")
    assert shipped().id_to_token(int(seen.mlm_logits[0, gap].argmax())) == right


def test_it_tells_the_next_sentence():
    first = "The hungry geese near one dog often honk."
    for second, follows in (("They swim near their pond.", True), ("It sleeps in its kennel.", False)):
        logits = run(load(SPEC), first, second).nsp_logits[0]
        assert bool(logits[0] > logits[1]) == follows
