"""The masked-word head on its own, and runs of which only the outputs are kept, against whole runs."""

from types import SimpleNamespace

import pytest
import torch
from transformers import AutoConfig, AutoModelForMaskedLM

from explorer import ModelSpec, load, run
from explorer.capture.heads import mlm_logits, outputs, word_logits
from explorer.errors import NoWeights
from tests.conftest import TINY

TEXT = "The cat sat on the [MASK] mat."


@pytest.mark.parametrize("head", ["pretraining", "mlm"])
def test_head_on_the_last_state_is_the_models_output(head):
    handle = load(ModelSpec("config", "bert", overrides=TINY, head=head, seed=3))
    seen = run(handle, TEXT, "It slept.")
    torch.testing.assert_close(mlm_logits(handle, seen.hidden[-1]), word_logits(handle, seen), rtol=0, atol=1e-5)
    own = outputs(handle, seen.encoded)
    torch.testing.assert_close(
        own.get("prediction_logits", own.get("logits")), word_logits(handle, seen), rtol=0, atol=1e-6
    )


@pytest.mark.parametrize("model_type", ["roberta", "distilbert", "electra", "modernbert", "albert"])
def test_head_alone_works_for_other_architectures(model_type):
    """A tiny model built here: the mechanism names no module."""
    names = {"distilbert": {"dim": 24, "n_layers": 2, "n_heads": 3, "hidden_dim": 40}}
    sizes = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 40}
    config = AutoConfig.for_model(
        model_type, vocab_size=97, pad_token_id=0, bos_token_id=1, eos_token_id=2, **names.get(model_type, sizes)
    )
    model = AutoModelForMaskedLM.from_config(config).eval()
    ids = torch.tensor([[5, 6, 7, 8]])
    with torch.no_grad():
        expected, state = model(ids).logits, model.base_model(ids).last_hidden_state
    handle = SimpleNamespace(model=model, base=model.base_model)
    torch.testing.assert_close(mlm_logits.__wrapped__(handle, state), expected, rtol=0, atol=1e-5)
    assert not any("_Given" in type(module).__name__ for module in model.modules())


def test_a_model_without_weights_is_not_run(tiny):
    meta = load(ModelSpec("meta", "bert", overrides=TINY, head="mlm"))
    with pytest.raises(NoWeights):
        outputs(meta, run(tiny, TEXT).encoded)


def test_scores_of_words_are_formed_for_the_places_that_are_asked_for(tiny):
    seen = run(tiny, TEXT, "It slept.")
    everything = word_logits(tiny, seen)
    assert seen.guesses == "masked" and seen.word_scores is None
    assert everything.shape == (1, seen.encoded.n_tokens, tiny.dims.n_vocab)
    assert seen.guess_input.shape == (1, seen.encoded.n_tokens, tiny.dims.d_model), "all that is kept of them"
    torch.testing.assert_close(word_logits(tiny, seen, (0, [3, 5])), everything[0, [3, 5]], rtol=0, atol=1e-5)
    torch.testing.assert_close(word_logits(tiny, seen, (0, 4)), everything[0, 4], rtol=0, atol=1e-5)
