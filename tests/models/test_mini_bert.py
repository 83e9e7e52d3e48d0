"""The small English BERT that comes with the app, on texts of this repository that it was not trained on."""

import json

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from explorer import ModelSpec, load
from explorer.home import ASSETS
from explorer.models.embedded import mini_folder
from explorer.models.overlay import FILE
from explorer.training.mini_bert.measures import cloze
from explorer.training.mini_bert.run import Setting


@pytest.fixture(scope="module")
def mini():
    return load(ModelSpec("embedded", "mini-bert", head="pretraining"))


def passages() -> list[tuple[str, str]]:
    return [tuple(pair) for pair in json.loads((ASSETS / "examples" / "passages.json").read_text("utf-8"))]


def test_what_stands_in_the_file(mini, minilm):
    assert (mini_folder() / FILE).stat().st_size < 30e6
    own, base = mini.model.bert.state_dict(), minilm.model.state_dict()
    frozen = [f"encoder.layer.{n}." for n in range(Setting.frozen)] + ["embeddings.position", "embeddings.LayerNorm"]
    for name, tensor in own.items():
        same = torch.equal(tensor, base[name])
        assert same == name.startswith(tuple(frozen)) or "token_type" in name or "word_embeddings" in name, name
    assert mini.model.cls.predictions.decoder.weight is mini.model.bert.embeddings.word_embeddings.weight


def test_hidden_pieces_of_unseen_text(mini):
    """Each passage read ten times with every tenth piece hidden, so that each is asked for once."""
    ranks, nats, tokens = [], [], mini.tokenizer
    for first, second in passages():
        ids = torch.tensor(tokens.encode(f"{first} {second}").ids)
        for begin in range(10):
            places = torch.arange(1 + begin, len(ids) - 1, 10)
            hidden = ids.clone()
            hidden[places] = mini.mask_id
            with torch.no_grad():
                logits = mini.model(hidden[None]).prediction_logits[0, places]
            truth = ids[places]
            ranks += (logits > logits.gather(1, truth[:, None])).sum(1).tolist()
            nats += cross_entropy(logits, truth, reduction="none").tolist()
    found = np.array(ranks)
    assert len(found) > 700
    assert (found == 0).mean() >= 0.42 and (found < 5).mean() >= 0.58 and np.mean(nats) <= 3.2


def test_what_follows(mini):
    """Each passage with its own continuation, and with the next passage's."""
    pairs = passages()
    right = []
    for at, (first, second) in enumerate(pairs):
        for other, follows in ((second, True), (pairs[(at + 1) % len(pairs)][1], False)):
            found = mini.tokenizer.encode(first, other)
            with torch.no_grad():
                said = mini.model(
                    input_ids=torch.tensor([found.ids]), token_type_ids=torch.tensor([found.type_ids])
                ).seq_relationship_logits[0]
            right.append(bool(said[0] > said[1]) == follows)
    assert np.mean(right) >= 0.7


def test_everyday_sentences(mini):
    """Those that were looked at during the work; the card has the figures of those that were kept for its end."""
    first, five, _ = cloze(mini.model, mini.tokenizer, "dev")
    assert first >= 0.44 and five >= 0.77
