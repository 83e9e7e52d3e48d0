"""What a file has and the model has not: another network is refused by name, what stands beside it is said."""

import json
import math
import re
import shutil
from functools import cache

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, BertConfig, BertModel

from explorer import ModelSpec, load, replay, run
from explorer.errors import AnotherNetwork, ExplorerError, WeightsMissing
from explorer.i18n import LANGUAGES, Translator
from explorer.models.heads import HEADS
from explorer.models.skeleton import skeleton
from explorer.models.strangers.checks import Opened, model_from, read_config
from explorer.models.strangers.leftovers import judge
from explorer.models.strangers.weights import described
from tests.architectures import NAMES, SIZES, checkpoint
from tests.checkpoints import bare, drop_weights, rewrite_config
from tests.checkpoints import checkpoint as bert


def opened(folder, head="none") -> Opened:
    return model_from(folder, head, "eager")


def changed(name, folder, **more):
    """A copy of an architecture's checkpoint with further tensors; None takes one away."""
    shutil.copytree(checkpoint(name), folder)
    path = folder / "model.safetensors"
    tensors = {**load_file(path), **more}
    save_file({n: t.contiguous() for n, t in tensors.items() if t is not None}, path, {"format": "pt"})
    return folder


def refused(folder, reason, head="none"):
    """The error of this reason, in a sentence that names what was found."""
    with pytest.raises(AnotherNetwork) as caught:
        opened(folder, head)
    assert caught.value.facts["reason"] == reason
    for language in LANGUAGES:
        sentence = Translator(language).error(caught.value)
        assert str(caught.value.facts["found"]) in sentence and "{" not in sentence
    return caught.value


def said(found: Opened) -> dict[str, dict[str, object]]:
    """The remarks by their key; each has a sentence in every language."""
    for language in LANGUAGES:
        assert all(Translator(language)(key, **facts) for key, facts in found.remarks)
    return dict(found.remarks)


def entries_of(name):
    return described([checkpoint(name) / "model.safetensors"])


def judged(name, entries, head=None):
    return judge(*built(name, SIZES[name][1] if head is None else head), entries)


@cache
def built(name, head):
    config = read_config(checkpoint(name))
    return config, head, skeleton(config, head)


@pytest.mark.parametrize("name", NAMES)
def test_whole_files_leave_nothing_out(name):
    found = opened(checkpoint(name), SIZES[name][1])
    assert found.remarks == () and found.head == SIZES[name][1]


@pytest.mark.parametrize("name", NAMES)
def test_every_head_that_the_library_saves_opens_as_it_is_and_as_a_bare_model(name, tmp_path):
    """No false refusal: the files of each class of the table, with its own head and without."""
    from explorer.models.heads import head_of

    config = AutoConfig.from_pretrained(checkpoint(name))
    for number, built in enumerate(HEADS.values()):
        if type(config) not in built._model_mapping:
            continue
        folder = tmp_path / f"{number}"
        built.from_config(config).save_pretrained(folder)
        try:
            head = head_of(read_config(folder))
        except ExplorerError:  # T5's classes with one stack
            continue
        whole = opened(folder, head)
        assert whole.head == head and whole.remarks == ()
        assert opened(folder).head == "none"


@pytest.mark.parametrize("name", NAMES)
def test_files_as_older_versions_and_other_programs_wrote_them(name, tmp_path):
    """No `architectures`, no prefix, gamma and beta, buffers, every name of a tied tensor, half precision."""
    whole = opened(checkpoint(name), SIZES[name][1]).model
    tensors = load_file(checkpoint(name) / "model.safetensors")
    config = json.loads((checkpoint(name) / "config.json").read_text())
    for field in ("architectures", "dtype", "transformers_version"):
        del config[field]
    config |= {"pruned_heads": {}, "torch_dtype": "float16"}
    for target, source in whole.all_tied_weights_keys.items():
        if source in tensors:
            tensors[target] = tensors[source]
    places = {n.removesuffix("position_embeddings.weight"): len(t) for n, t in tensors.items() if "position_emb" in n}
    buffers = {f"{place}position_ids": torch.arange(rows)[None] for place, rows in places.items()}
    masks = torch.tril(torch.ones(64, 64))[None, None]
    buffers |= {n.replace("c_attn.weight", "bias"): masks for n in tensors if n.endswith("attn.c_attn.weight")}
    turns = 10_000 ** -(torch.arange(0, 4, 2) / 4)
    if name == "llama":
        buffers |= {f"model.layers.{layer}.self_attn.rotary_emb.inv_freq": turns for layer in range(3)}
    folder = tmp_path / "old"
    folder.mkdir()
    old = {n: t.half() for n, t in tensors.items()} | buffers
    old = {n.removeprefix(f"{whole.base_model_prefix}."): t for n, t in old.items()}
    old = {re.sub("Norm.weight$", "Norm.gamma", re.sub("Norm.bias$", "Norm.beta", n)): t for n, t in old.items()}
    save_file({n: t.clone() for n, t in old.items()}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config))
    for head in ("none", SIZES[name][1]):
        found = opened(folder, head)
        body = whole.base_model.state_dict()
        assert found.head == head
        assert all(torch.equal(t, body[n].half().float()) for n, t in found.model.base_model.state_dict().items())


@pytest.mark.parametrize("name", NAMES)
def test_a_tensor_more_is_refused_or_said_and_never_passed_over(name):
    """Beside tensors from all over the file, and at its top."""
    entries = entries_of(name)
    names = sorted(entries)
    places = {n.rpartition(".")[0] for n in names[:: max(1, len(names) // 4)]} | {"", "bert", "encoder.layer.0"}
    for place in sorted(places):
        more = f"{place}.mystery".lstrip(".")
        try:
            found = judged(name, {**entries, more: ("F32", (2, 2))})
        except AnotherNetwork as error:
            assert error.facts["found"] == more
        else:
            assert more in found.left_out


@pytest.mark.parametrize("name", NAMES)
def test_a_tensor_less_is_refused_with_its_name(name):
    """But what one name is enough for (tied tensors), and a head of which it was the only tensor."""
    entries = entries_of(name)
    names = sorted(entries)
    whole = judged(name, entries)
    of = {in_file: own for own, in_file in whole.places.items()}
    pairs = whole.bare.all_tied_weights_keys.items()
    tied = {name: {a, b, name} for a, b in pairs for name in (a, b)}
    for gone in names[:: max(1, len(names) // 5)]:
        left = {n: entry for n, entry in entries.items() if n != gone}
        try:
            found = judged(name, left)
        except WeightsMissing as error:
            assert error.facts["example"] in tied.get(of[gone], {of[gone]})
        else:
            assert found.head == "none" != whole.head and not [n for n in left if n in of and n in found.left_out]


def test_relative_positions_are_another_network(tmp_path, monkeypatch):
    """Shaw's term, by hand: a file that has it gives other probabilities than what the library would open."""
    torch.manual_seed(3)
    folder = bert(tmp_path / "m", BertModel)
    path = folder / "model.safetensors"
    wide = {n: 8 * t if "attention.self" in n and n.endswith("weight") else t for n, t in load_file(path).items()}
    save_file(wide, path, {"format": "pt"})
    monkeypatch.setenv("EXPLORER_MODELS", str(tmp_path))
    handle = load(ModelSpec("folder", "m", revision="absolute"))
    seen = run(handle, "The animal did not cross the street")
    layer = replay(handle, seen, 0)
    n, d = layer.q.shape[2], layer.q.shape[3]
    table = torch.randn(2 * 64 - 1, d)
    places = torch.arange(n)
    distances = table[places[:, None] - places[None] + 64 - 1]
    scores = layer.q @ layer.k.transpose(-1, -2)
    torch.testing.assert_close((scores / math.sqrt(d)).softmax(-1), layer.probs, rtol=1e-4, atol=1e-6)
    relative = ((scores + torch.einsum("bhld,lrd->bhlr", layer.q, distances)) / math.sqrt(d)).softmax(-1)
    assert (relative - layer.probs).abs().max() > 0.05, "another network"
    name = "encoder.layer.{}.attention.self.distance_embedding.weight"
    save_file({**wide, **{name.format(i): table.clone() for i in range(2)}}, path, {"format": "pt"})
    assert refused(folder, "tensor").facts["found"] == name.format(0)
    rewrite_config(folder, position_embedding_type="relative_key")
    assert "relative_key" in str(refused(folder, "field").facts["found"])
    drop_weights(folder, "encoder.layer.0.attention.self.distance", "encoder.layer.1.attention.self.distance")
    refused(folder, "field")
    rewrite_config(folder, position_embedding_type="absolute")
    assert said(opened(folder)) == {}


PACKED = {
    "a float8 weight": ("weight", torch.float8_e4m3fn, None),
    "an int8 weight": ("weight", torch.int8, None),
    "a weight of bytes": ("weight", torch.uint8, None),
    "whole numbers": ("weight", torch.int32, None),
    "bitsandbytes int8": ("weight", torch.int8, "SCB"),
    "bitsandbytes int4": ("weight", torch.uint8, "absmax"),
    "a scale beside floats": (None, None, "weight_scale"),
    "GPTQ": (None, None, "qweight"),
    "a scale": (None, None, "scale"),
}


@pytest.mark.parametrize("case", PACKED)
def test_packed_weights(tmp_path, case):
    """Right shapes, and numbers that need a rule: as weights, 5 … 255 would be read."""
    replaced, kind, beside = PACKED[case]
    name = "bert.encoder.layer.1.attention.self.query"
    own = load_file(checkpoint("bert") / "model.safetensors")[f"{name}.weight"]
    more = {f"{name}.{replaced}": (own * 10).to(kind)} if replaced else {}
    more |= {f"{name}.{beside}": torch.ones(24)} if beside else {}
    folder = changed("bert", tmp_path / "m", **more)
    assert str(refused(folder, "packed", "pretraining").facts["found"]).startswith(name)


def test_gptq_has_no_weight_at_all(tmp_path):
    """The kind is named, not that something is missing."""
    name = "bert.encoder.layer.0.output.dense"
    packed = {f"{name}.weight": None, f"{name}.qweight": torch.ones(3, 24, dtype=torch.int32)}
    refused(changed("bert", tmp_path / "m", **packed), "packed")


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_other_floats_are_converted(tmp_path, kind):
    own = load_file(checkpoint("bert") / "model.safetensors")
    folder = changed("bert", tmp_path / "m", **{n: t.to(kind) for n, t in own.items()})
    found = opened(folder, "pretraining")
    assert found.remarks == () and {p.dtype for p in found.model.parameters()} == {torch.float32}
    name = "bert.encoder.layer.1.output.dense.weight"
    torch.testing.assert_close(found.model.get_parameter(name).data, own[name].to(kind).float())


@pytest.mark.parametrize(
    "name",
    [
        "bert.encoder.layer.0.attention.self.query.lora_A.default.weight",
        "base_model.model.bert.encoder.layer.0.attention.self.query.lora_B.weight",
        "bert.encoder.layer.0.output.adapters.mine.adapter_down.0.weight",
        "bert.encoder.layer.1.intermediate.dense.ia3_l.default",
        "prompt_encoder.default.embedding.weight",
        "classifier.modules_to_save.default.weight",
    ],
)
def test_adapters(tmp_path, name):
    assert refused(changed("bert", tmp_path / "m", **{name: torch.ones(4, 24)}), "adapter").facts["found"] == name


def test_an_adapter_beside_whole_weights(tmp_path):
    folder = changed("bert", tmp_path / "m")
    (folder / "adapter_config.json").write_text('{"peft_type": "LORA"}')
    refused(folder, "adapter")


@pytest.mark.parametrize("name", ["bert", "roberta", "distilbert", "electra", "modernbert", "gpt2", "llama", "xlnet"])
def test_more_layers_in_the_file_than_in_the_configuration(tmp_path, name):
    """Half of the network would have been shown as the whole."""
    folder = changed(name, tmp_path / "m")
    fields = json.loads((folder / "config.json").read_text())
    key = next(k for k in ("num_hidden_layers", "n_layers", "n_layer") if k in fields)
    kinds = fields.get("layer_types")
    rewrite_config(folder, **{key: 2}, **({"layer_types": kinds[:2]} if kinds else {}))
    assert refused(folder, "layers").facts["allowed"] == 2
    rewrite_config(folder, **{key: 4}, **({"layer_types": [*kinds, kinds[0]]} if kinds else {}))
    with pytest.raises(WeightsMissing) as caught:
        opened(folder)
    assert ".3." in str(caught.value.facts["example"])


INSIDE = {
    "cross attention in an encoder": ("bert", "bert.encoder.layer.0.crossattention.self.query.weight"),
    "a projection that is not built": ("electra", "electra.embeddings_project2.weight"),
    "another norm": ("roberta", "roberta.encoder.layer.2.attention.self.q_norm.weight"),
    "a bias": ("llama", "model.layers.0.self_attn.q_proj.bias"),
    "relative positions in T5's cross attention": (
        "t5",
        "decoder.block.1.layer.1.EncDecAttention.relative_attention_bias.weight",
    ),
    "a gate": ("t5", "encoder.block.0.layer.1.DenseReluDense.wi_1.weight"),
    "a segment table": ("distilbert", "distilbert.embeddings.token_type_embeddings.weight"),
}


@pytest.mark.parametrize("case", INSIDE)
def test_tensors_inside_the_network(tmp_path, case):
    name, tensor = INSIDE[case]
    folder = changed(name, tmp_path / "m", **{tensor: torch.ones(24, 24)})
    assert refused(folder, "tensor", SIZES[name][1]).facts["found"] == tensor


def test_an_embedding_projection_in_a_file_without_prefixes(tmp_path):
    """Its name has no part in common with what these sizes build."""
    config = AutoConfig.for_model("electra", vocab_size=50, hidden_size=24, embedding_size=24, num_hidden_layers=1,
        num_attention_heads=3, intermediate_size=40)  # fmt: skip
    HEADS["none"].from_config(config).save_pretrained(tmp_path / "m")
    path = tmp_path / "m" / "model.safetensors"
    save_file({**load_file(path), "embeddings_project.weight": torch.eye(24)}, path, {"format": "pt"})
    refused(tmp_path / "m", "tensor")


BESIDE = {
    "a pooler": ("roberta", "roberta.pooler.dense.weight"),
    "a head that is not asked for": ("bert", "classifier.weight"),
    "an optimiser's leftovers": ("bert", "optimizer.state.0.exp_avg"),
    "leftovers beside a weight": ("bert", "bert.encoder.layer.0.output.dense.weight.exp_avg_sq"),
    "a teacher's head": ("bert", "teacher.classifier.weight"),
    "a widening for a teacher": ("bert", "fit_dense.weight"),
    "another library's head": ("bert", "linear.weight"),
    "T5's first files": ("t5", "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight"),
    "positions that nothing reads": ("deberta-v2", "deberta.embeddings.position_embeddings.weight"),
}


@pytest.mark.parametrize("case", BESIDE)
def test_what_stands_beside_the_path_is_left_out_and_said(tmp_path, case):
    name, tensor = BESIDE[case]
    folder = changed(name, tmp_path / "m", **{tensor: torch.ones(2, 24)})
    found = opened(folder, SIZES[name][1])
    whole = opened(checkpoint(name), SIZES[name][1])
    assert tensor.removesuffix(".weight").removesuffix(".bias") in str(
        said(found)["opened.left_out"]["names"]
    ) or tensor.startswith("optim")
    assert found.head == SIZES[name][1]
    pairs = zip(found.model.parameters(), whole.model.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_a_head_with_a_layer_more_than_the_library_s(tmp_path):
    """Its numbers would be another head's; without the head the file can be opened."""
    HEADS["classification"].from_config(AutoConfig.from_pretrained(checkpoint("bert"))).save_pretrained(tmp_path / "m")
    path = tmp_path / "m" / "model.safetensors"
    save_file({**load_file(path), "classifier.dense.weight": torch.eye(24)}, path, {"format": "pt"})
    refused(tmp_path / "m", "head", "classification")
    assert "classifier" in str(said(opened(tmp_path / "m"))["opened.left_out"]["names"])


def test_buffers_of_older_versions(tmp_path):
    """The same numbers as the configuration gives are no news; others make another network."""
    rows, name = torch.arange(64)[None], "bert.embeddings.position_ids"
    same = changed("bert", tmp_path / "same", **{name: rows})
    assert opened(same, "pretraining").remarks == ()
    other = changed("bert", tmp_path / "other", **{name: rows.flip(1)})
    refused(other, "buffer", "pretraining")
    own = opened(checkpoint("llama")).model.rotary_emb.inv_freq
    frequencies = "model.layers.1.self_attn.rotary_emb.inv_freq"
    assert opened(changed("llama", tmp_path / "rope", **{frequencies: own.bfloat16()}), "lm").remarks == ()
    refused(changed("llama", tmp_path / "base", **{frequencies: own**2}), "buffer", "lm")


@pytest.mark.parametrize("name", ["gpt2", "openai-gpt"])
def test_causal_masks_of_older_versions(tmp_path, name):
    """As GPT-2's first files have them, in floats or as truth values, and the score of what is hidden."""
    rows, mask = torch.ones(64, 64).tril()[None, None], "transformer.h.{}.attn.bias"
    old = {mask.format(0): rows, mask.format(1): rows.bool(), mask.format(2): rows.byte()}
    hidden = {"transformer.h.0.attn.masked_bias": torch.tensor(-1e4)}
    assert opened(changed(name, tmp_path / "same", **old, **hidden), "lm").remarks == ()
    for case, other in enumerate((rows.mT, torch.ones(1, 1, 64, 64), rows.triu(-3), torch.ones(2, 24))):
        found = refused(changed(name, tmp_path / f"{case}", **{mask.format(1): other}), "buffer", "lm")
        assert found.facts["found"] == mask.format(1)


def test_tied_tensors_that_differ(tmp_path):
    table = load_file(checkpoint("bert") / "model.safetensors")["bert.embeddings.word_embeddings.weight"]
    name = "cls.predictions.decoder.weight"
    equal = changed("bert", tmp_path / "equal", **{name: table.clone()})
    assert opened(equal, "pretraining").remarks == ()
    bias = load_file(checkpoint("bert") / "model.safetensors")["cls.predictions.bias"]
    both = {name: table + 1, "cls.predictions.decoder.bias": bias.clone()}
    other = changed("bert", tmp_path / "other", **both)
    assert refused(other, "tied", "pretraining").facts["found"] == name
    rewrite_config(other, tie_word_embeddings=False)
    found = opened(other, "pretraining").model
    torch.testing.assert_close(found.get_parameter(name).data, table + 1)
    rewrite_config(changed("bert", tmp_path / "lacking"), tie_word_embeddings=False)
    with pytest.raises(WeightsMissing) as caught:
        opened(tmp_path / "lacking", "pretraining")
    assert str(caught.value.facts["example"]).startswith("cls.predictions.decoder.")


@pytest.mark.parametrize("fields", [{"tie_word_embeddings": False}, {"scale_decoder_outputs": False}])
def test_an_output_table_of_its_own_as_flan_t5_has_it(tmp_path, fields):
    """The library sets `tie_word_embeddings` of every T5 and marks these by outputs that are not scaled."""
    own = torch.randn(211, 24)
    folder = changed("t5", tmp_path / "flan", **{"lm_head.weight": own})
    refused(folder, "tied", "seq2seq")
    path = folder / "config.json"
    raw = json.loads(path.read_text())
    del raw["tie_word_embeddings"], raw["scale_decoder_outputs"]
    path.write_text(json.dumps({**raw, **fields}))
    found = opened(folder, "seq2seq")
    assert torch.equal(found.model.lm_head.weight, own) and found.remarks == ()
    assert found.model.shared.weight is found.model.encoder.embed_tokens.weight
    assert not found.model.config.scale_decoder_outputs


def test_two_names_for_one_place(tmp_path):
    own = load_file(checkpoint("bert") / "model.safetensors")["bert.embeddings.LayerNorm.weight"]
    old = "bert.embeddings.LayerNorm.gamma"
    assert opened(changed("bert", tmp_path / "same", **{old: own.clone()}), "pretraining").remarks == ()
    refused(changed("bert", tmp_path / "other", **{old: own + 1}), "twice", "pretraining")


def test_old_names_of_the_norms(tmp_path):
    own = load_file(checkpoint("bert") / "model.safetensors")
    old = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
    renamed = {n: None for n in own if "LayerNorm" in n}
    for n, tensor in own.items():
        for new, former in old.items():
            if n.endswith(new):
                renamed[n.replace(new, former)] = tensor
    found = opened(changed("bert", tmp_path / "m", **renamed), "pretraining")
    assert found.remarks == ()
    assert torch.equal(
        found.model.state_dict()["bert.embeddings.LayerNorm.bias"], own["bert.embeddings.LayerNorm.bias"]
    )


@pytest.mark.parametrize("head", ["mlm", "classification", "tokens", "qa", "nsp", "pretraining"])
def test_a_bare_body_under_a_head_in_the_configuration(tmp_path, head):
    found = opened(bare(tmp_path / "m"), head)
    assert found.head == "none" and type(found.model).__name__ == "BertModel"
    assert said(found) == {"opened.no_head": {"head": head}}


def test_the_handle_tells_the_head_that_is_there(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_MODELS", str(tmp_path))
    bare(tmp_path / "m")
    handle = load(ModelSpec("folder", "m", head="mlm"))
    assert handle.spec.head == "none" and [key for key, _ in handle.remarks] == ["opened.no_head"]
    assert run(handle, "hi").guesses is None


def test_a_pooler_that_the_head_needs_is_not_left_out(tmp_path):
    HEADS["classification"].from_config(BertConfig(**_small())).save_pretrained(tmp_path / "m")
    drop_weights(tmp_path / "m", "bert.pooler")
    with pytest.raises(WeightsMissing) as caught:
        opened(tmp_path / "m", "classification")
    assert "pooler" in str(caught.value.facts["example"])
    found = opened(tmp_path / "m")
    assert found.model.pooler is None and set(said(found)) == {"opened.no_pooler", "opened.left_out"}


def test_half_a_pooler_is_a_broken_file(tmp_path):
    drop_weights(bare(tmp_path / "m"), "pooler.dense.bias")
    with pytest.raises(WeightsMissing):
        opened(tmp_path / "m")


def test_a_tensor_in_two_parts_of_the_weights(tmp_path):
    from explorer.errors import WeightsBroken

    folder = changed("bert", tmp_path / "m")
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    for number in (1, 2):
        save_file(tensors, folder / f"model-{number:05}-of-00002.safetensors", {"format": "pt"})
    with pytest.raises(WeightsBroken):
        opened(folder)


def _small():
    return {
        "vocab_size": 50,
        "hidden_size": 24,
        "num_hidden_layers": 1,
        "num_attention_heads": 3,
        "intermediate_size": 40,
    }
