"""The small models of all architectures: complete, equal in size, and what the page says of each is so."""

import copy
from dataclasses import replace

import pytest
import torch

from explorer import Scene, load
from explorer.errors import ArchitectureRefused
from explorer.i18n import LANGUAGES, Translator
from explorer.models.families import ALIKE, FAMILIES
from explorer.models.menu import menu
from explorer.models.registry import OFFERS
from explorer.models.sites import STACKS, stacks
from explorer.models.spec import ModelSpec
from explorer.ui.shell.model_choice import label

TEXT = "The animal didn't cross the street because it was too tired."


def scene(kind: str, stack: str = "", pair: str | None = None) -> Scene:
    return Scene(load(replace(FAMILIES[f"{kind}-random"], stack=stack)), TEXT, pair)


def seen(layer) -> list[int]:
    return layer.visible[0, 0].sum(-1).tolist()


def test_every_architecture_of_the_table_is_in_the_menu_or_another_s_twin():
    drawn = {spec.source for spec in menu().values() if spec.kind == "config"}
    assert drawn | ALIKE.keys() == set(STACKS)
    assert not drawn & ALIKE.keys() and set(ALIKE.values()) <= drawn
    assert list(menu())[-len(FAMILIES) :] == list(FAMILIES), "they stand last"
    assert list(menu())[: len(OFFERS)] == list(OFFERS)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_their_names_say_what_they_are(lang):
    names = [label(Translator(lang), name) for name in FAMILIES]
    random = "random weights" if lang == "en" else "随机权重"
    assert len(set(names)) == len(names) and all(random in name for name in names)


@pytest.mark.parametrize("name", FAMILIES)
def test_all_have_the_size_that_is_said_and_read_a_pair(name):
    handle = load(FAMILIES[name])
    assert handle.tokenizer.get_vocab_size() == handle.dims.n_vocab
    for stack in handle.stacks:
        one = scene(FAMILIES[name].source, stack, "It slept.")
        dims = one.handle.dims
        assert (dims.n_layers, dims.n_heads, dims.d_model, dims.d_head, dims.n_ctx) == (4, 4, 64, 16, 512)
        assert "[UNK]" not in one.encoded.tokens and all(state.isfinite().all() for state in one.capture().hidden)


@pytest.mark.parametrize(("twin", "of"), [*ALIKE.items(), ("qwen2", "llama")])
def test_twins_are_twins(twin, of):
    """The same weights fit, and give the same numbers to the last bit; Qwen2 has biases beside them, drawn as 0."""
    spec = FAMILIES[f"{of}-random"]
    ours, theirs = (copy.deepcopy(load(replace(spec, source=kind)).model) for kind in (twin, of))
    beside = ours.load_state_dict(theirs.state_dict(), strict=False)
    extra = {name.rpartition(".")[2] for name in beside.missing_keys}
    assert not beside.unexpected_keys and extra == ({"bias"} if twin == "qwen2" else set())
    assert all(not ours.get_parameter(name).any() for name in beside.missing_keys)
    ids = scene(of).encoded.ids
    with torch.no_grad():
        assert torch.equal(ours(ids).logits, theirs(ids).logits)


def test_who_looks_at_whom():
    n = scene("llama").encoded.n_tokens
    for kind in ("llama", "openai-gpt", "qwen2", "qwen3"):
        assert seen(scene(kind).layer(3)) == list(range(1, n + 1))
    for kind in ("mistral", "gemma3_text"):
        assert seen(scene(kind).layer(3)) == [min(8, at + 1) for at in range(n)]
    near = [min(at + 4, n - 1) - max(at - 4, 0) + 1 for at in range(n)]
    assert [seen(scene("modernbert").layer(at)) == near for at in range(4)] == [False, True, True, False]
    for kind in ("roberta", "distilbert", "electra", "albert", "xlnet", "deberta-v2", "mpnet", "bart"):
        assert seen(scene(kind).layer(3)) == [n] * n


def test_what_is_shared_and_what_is_not_there():
    assert len({id(layer) for layer in load(FAMILIES["albert-random"]).layers}) == 1
    assert len({id(layer) for layer in load(FAMILIES["roberta-random"]).layers}) == 4
    for kind in ("albert", "electra"):
        assert load(FAMILIES[f"{kind}-random"]).words.shape[1] == 32
    assert load(FAMILIES["llama-random"]).dims.n_kv_heads == 2
    assert scene("t5").layer(0).factor == 1 and scene("t5").layer(0).bias is not None
    assert not torch.equal(*(scene("xlnet", pair=pair).capture().hidden[1][0, :3] for pair in (None, "It slept.")))
    assert load(FAMILIES["distilbert-random"]).sites.pooler is None


def test_mpnet_knows_the_order_twice_and_bart_as_bert_does():
    mpnet = scene("mpnet")
    first, last = mpnet.layer(0), mpnet.layer(3)
    torch.testing.assert_close(first.bias, last.bias, atol=1e-5, rtol=1e-5)
    assert first.bias.std() > 0.05 and mpnet.capture().position is not None and first.factor == 16**-0.5
    for offset in (-2, 0, 3):
        line = first.bias[0, 1].diagonal(offset)
        assert float(line.max() - line.min()) < 1e-5, "one number for each distance"
    for stack in ("encoder", "decoder", "cross"):
        layer = scene("bart", stack).layer(2)
        assert layer.bias is None and layer.factor == 16**-0.5 and layer.attn_norm is not None
    assert seen(scene("bart", "decoder").layer(2)) == list(range(1, scene("bart", "decoder").encoded.n_tokens + 1))


def test_qk_norm_and_gemmas_scale():
    """q and k have the length √d whatever their weights are; Gemma's norms multiply by 1 + w, its branches too."""
    for kind, factor in (("qwen3", 16**-0.5), ("gemma3_text", 32**-0.5)):
        layer = scene(kind).layer(2)
        for x in (layer.q, layer.k):
            torch.testing.assert_close(x.norm(dim=-1), torch.full(x.shape[:-1], 4.0), atol=1e-3, rtol=0)
        assert layer.factor == pytest.approx(factor)
    lengths = layer.attn_out.norm(dim=-1)
    torch.testing.assert_close(lengths, torch.full_like(lengths, 8.0), atol=1e-2, rtol=0)
    assert load(FAMILIES["gemma3_text-random"]).layers[0].input_layernorm.weight.abs().max() == 0


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", ["gpt_oss", "qwen3_moe", "gemma2", "gemma3"])
def test_what_cannot_be_shown_is_refused_by_its_name_and_with_the_reason(kind, lang):
    with pytest.raises(ArchitectureRefused) as caught:
        stacks(kind)
    sentence = Translator(lang).error(caught.value)
    assert kind in sentence and "qwen3" in sentence.split(kind, 1)[1]


def test_a_request_of_a_link_is_never_more_than_a_name():
    assert all(isinstance(spec, ModelSpec) and spec.kind == "config" for spec in FAMILIES.values())
