"""What one place knows no other may know differently: states, arguments, frames of windows; every architecture."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
import torch
from tokenizers import Tokenizer, processors
from transformers import AutoConfig

from explorer import ModelHandle, ModelSpec, encode, load, replay, run
from explorer.analysis.attention.steps import chain_difference
from explorer.analysis.input.positions import learned
from explorer.capture.windows import window_states, window_vectors
from explorer.models.document import document
from explorer.models.embedded import EMBEDDED, embedded_folder
from explorer.models.heads import HEADS
from tests.architectures import CLOSE_TO, SIZES, tiny_model, views
from tests.models.strangers.test_tokenizers import roberta, unigram

TEXT, PAIR = "The cats sleep on the mat, unbelievably.", "They were tired."


@cache
def convolved() -> tuple[ModelHandle, torch.nn.Module]:
    """A DeBERTa whose first layer's output is joined by a convolution, as in the published xlarge models."""
    folder = Path(mkdtemp(prefix="convolved-"))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        config = AutoConfig.for_model("deberta-v2", vocab_size=211, **SIZES["deberta-v2"][0], conv_kernel_size=3)
        HEADS["mlm"].from_config(config, dtype=torch.float32).save_pretrained(folder)
    (folder / "tokenizer.json").write_bytes((embedded_folder() / "tokenizer.json").read_bytes())
    EMBEDDED["convolved"] = lambda: folder
    plain = HEADS["mlm"].from_pretrained(folder, attn_implementation="eager").eval()
    return load(ModelSpec("embedded", "convolved", head="mlm")), plain


@pytest.mark.parametrize(("name", "stack"), views(), ids=["-".join(v) for v in views()])
@pytest.mark.parametrize("padding", [0, 4])
def test_hidden_states_are_what_the_layers_read(name, stack, padding):
    handle = tiny_model(name).of_stack(stack)
    encoded = encode(handle, TEXT, PAIR)
    seen = run(handle, encode(handle, TEXT, PAIR, pad_to=encoded.n_tokens + padding) if padding else encoded)
    assert len(seen.hidden) == len(seen.calls) + 1
    for state, call in zip(seen.hidden, seen.calls, strict=False):
        read = call.args[0].transpose(0, 1) if handle.sites.time_first else call.args[0]
        assert torch.equal(state, read)


@pytest.mark.parametrize("padding", [0, 4])
def test_a_module_between_two_layers_belongs_to_the_first(padding):
    handle, plain = convolved()
    n = encode(handle, TEXT, PAIR).n_tokens
    seen = run(handle, encode(handle, TEXT, PAIR, pad_to=n + padding))
    encoded = seen.encoded
    with torch.no_grad():
        theirs = plain(
            input_ids=encoded.ids, attention_mask=encoded.mask, token_type_ids=encoded.segments,
            output_hidden_states=True,
        )["hidden_states"]  # fmt: skip
    for ours, wanted in zip(seen.hidden, theirs, strict=True):
        torch.testing.assert_close(ours, wanted, **CLOSE_TO)
    for number, call in enumerate(seen.calls):
        assert torch.equal(call.args[0], seen.hidden[number])
        layer = replay(handle, seen, number)
        assert torch.equal(layer.hidden, seen.hidden[number + 1])
        assert chain_difference(handle, seen, layer) < 1e-5


def _framed(name: str) -> ModelHandle:
    """With a tokenizer of the architecture's kind: where its special tokens stand, and what segments they have."""
    tokenizers = {"xlnet": _xlnet, "roberta": roberta, "camembert": roberta, "xlm-roberta": roberta, "t5": unigram}
    handle = tiny_model(name)
    return replace(handle, tokenizer=tokenizers[name](), _views={}) if name in tokenizers else handle


def _xlnet() -> Tokenizer:
    """Special tokens at the end, and <cls> with a segment of its own."""
    made = unigram()
    made.add_special_tokens(["<sep>", "<cls>", "<mask>"])
    ids = [(token, made.token_to_id(token)) for token in ("<sep>", "<cls>")]
    made.post_processor = processors.TemplateProcessing(
        single="$A:0 <sep>:0 <cls>:2", pair="$A:0 <sep>:0 $B:1 <sep>:1 <cls>:2", special_tokens=ids
    )
    return made


@pytest.mark.parametrize("name", sorted(SIZES))
def test_a_window_is_the_plain_run_to_the_bit(name):
    handle = _framed(name)
    text = "the river bank was flooded"
    found, seen = document(handle, text), run(handle, text)
    span = (0, len(found.ids))
    assert torch.equal(
        torch.cat([torch.tensor(found.before), torch.from_numpy(found.ids), torch.tensor(found.after)]).long(),
        seen.encoded.ids[0],
    )
    words = [not special for special in seen.encoded.special]
    assert torch.equal(window_states(handle, found, span), seen.last[0, words])
    (vector,) = window_vectors(handle, found, [span])
    torch.testing.assert_close(vector[0], seen.last[0].mean(0), atol=1e-6, rtol=0)


@pytest.mark.parametrize("name", sorted(SIZES))
def test_windows_of_other_lengths_are_runs_of_their_own(name):
    """In one batch the shorter is padded: 1e-5, because sums of another length round otherwise."""
    handle = _framed(name)
    found = document(handle, "the river bank was flooded the bank of the river")
    cuts = [(0, len(found.ids) - 2), (2, 5)]
    (together,) = window_vectors(handle, found, cuts)
    for row, cut in enumerate(cuts):
        (alone,) = window_vectors(handle, found, [cut])
        torch.testing.assert_close(together[row], alone[0], atol=1e-5, rtol=1e-5)


def test_xlnets_own_tokens_have_their_segment():
    handle = _framed("xlnet")
    encoded = encode(handle, "the river", "the bank")
    assert encoded.segments[0].tolist()[-1] == 2 and encoded.cls == encoded.n_tokens - 1
    assert [encoded.roles[at] for at, special in enumerate(encoded.special) if special] == ["sep", "sep", "cls"]


@pytest.mark.parametrize("name", sorted(name for name in SIZES if tiny_model(name).sites.order == "table"))
def test_positions_are_the_rows_that_the_text_reads(name):
    """RoBERTa's text begins in row 2: its table has two rows that no text reads."""
    handle = tiny_model(name)
    seen = run(handle, TEXT)
    table = learned(handle)
    assert len(table) == handle.dims.n_ctx
    assert torch.equal(seen.position[0], table[: seen.encoded.n_tokens])
