"""Each rule of the score against the code of the library whose models have it, or against its formula written out."""

import math
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from torch.nn import LayerNorm
from torch.nn.functional import normalize
from transformers import Gemma3TextConfig, Gemma4TextConfig, Olmo2Config, Qwen3Config, Swinv2Config
from transformers.models.gemma2.modeling_gemma2 import eager_attention_forward as gemma2
from transformers.models.gemma3.modeling_gemma3 import Gemma3Attention
from transformers.models.gemma4.modeling_gemma4 import Gemma4TextAttention
from transformers.models.gpt_oss.modeling_gpt_oss import eager_attention_forward as gpt_oss
from transformers.models.olmo2.modeling_olmo2 import Olmo2Attention
from transformers.models.qwen3.modeling_qwen3 import Qwen3Attention
from transformers.models.swinv2.modeling_swinv2 import Swinv2SelfAttention

from explorer import Scene, Variant, load, replay, run
from explorer.analysis.jacobian import entropy
from explorer.analysis.measures import HeadMeasures
from explorer.capture.active import Recorder, recording
from explorer.capture.attention import attention
from explorer.capture.changes.rules import ScoreRule
from explorer.capture.looks import Probabilities
from explorer.capture.replay import look_again
from explorer.errors import VariantInvalid
from tests.architectures import tiny_model

B, H, T, K = 2, 4, 7, 8
LOWEST = torch.finfo(torch.float32).min


def drawn(spread=3.0, seed=0):
    made = torch.Generator().manual_seed(seed)
    return [torch.randn(B, H, T, K, generator=made) * spread for _ in range(3)]


def padding():
    """The second text ends after five tokens."""
    mask = torch.zeros(B, 1, 1, T)
    mask[1, ..., 5:] = LOWEST
    return mask


def weights(variant, q, k, v, mask=None, own=None, **kwargs):
    """Of the one attention function, as a replay sees them; the contexts must be these weights times v."""
    module = torch.nn.Identity()
    recorder = Recorder(variant, keep=True, layer=0)
    with torch.no_grad(), recording(recorder):
        context, _ = attention(module, q, k, v, mask, scaling=own, **kwargs)
    torch.testing.assert_close(context, (recorder.tensors["probs"] @ v).transpose(1, 2), atol=1e-6, rtol=0)
    return recorder.tensors["probs"]


def close(found, wanted):
    torch.testing.assert_close(found, wanted.detach(), atol=1e-6, rtol=0)


@pytest.mark.parametrize("mask", [None, padding()])
def test_cap_is_gemma_2s(mask):
    q, k, v = drawn()
    _, wanted = gemma2(SimpleNamespace(num_key_value_groups=1, training=False), q, k, v, mask, 0.0, 24**-0.5, 5.0)
    close(weights(Variant(scale=24**-0.5, rule=ScoreRule(cap=5.0)), q, k, v, mask), wanted)


@pytest.mark.parametrize("mask", [None, padding()])
def test_sink_is_gpt_oss(mask):
    q, k, v = drawn()
    sinks = torch.tensor([-1.0, 0.0, 2.0, 5.0])
    module = SimpleNamespace(num_key_value_groups=1, training=False, sinks=sinks)
    _, wanted = gpt_oss(module, q, k, v, mask, K**-0.5)
    close(weights(Variant(rule=ScoreRule(sink=tuple(sinks.tolist()))), q, k, v, mask), wanted)
    by_hand = (q @ k.mT / K**0.5).exp()
    zero = weights(Variant(rule=ScoreRule(sink=(0.0,))), q, k, v)
    close(zero, by_hand / (1 + by_hand.sum(-1, keepdim=True)))  # "softmax off by one"


NORMED = {
    "qwen3": (Qwen3Config, Qwen3Attention, 0.0, {}),
    "gemma3": (Gemma3TextConfig, Gemma3Attention, 1.0, {"query_pre_attn_scalar": 24}),
    "gemma4": (Gemma4TextConfig, Gemma4TextAttention, 0.0, {}),
}


@pytest.mark.parametrize("name", NORMED)
def test_norm_of_queries_and_keys_is_that_of(name):
    """The module itself, without rotation; its v and its output play no part."""
    config, built, one, more = NORMED[name]
    torch.manual_seed(1)
    config = config(
        hidden_size=16, num_attention_heads=H, num_key_value_heads=H, head_dim=K, num_hidden_layers=2,
        intermediate_size=24, vocab_size=40, attn_implementation="eager", sliding_window=64, **more,
    )  # fmt: skip
    module = built(config, 0).eval()
    for norm in (module.q_norm, module.k_norm):
        torch.nn.init.normal_(norm.weight, 1 - one, 0.5)
    x = torch.randn(B, T, 16) * 4
    turn = torch.ones(B, T, K), torch.zeros(B, T, K)
    extra = {"shared_kv_states": {}} if name == "gemma4" else {}
    _, wanted = module(x, turn, attention_mask=padding(), **extra)
    q, k = (p(x).view(B, T, H, K).transpose(1, 2) for p in (module.q_proj, module.k_proj))
    gains = {f"gain_{a}": tuple((n.weight + one).tolist()) for a, n in (("q", module.q_norm), ("k", module.k_norm))}
    rule = ScoreRule(norm="rms", eps=config.rms_norm_eps, **gains)
    assert module.scaling == {"qwen3": K**-0.5, "gemma3": 24**-0.5, "gemma4": 1.0}[name]
    close(weights(Variant(scale=module.scaling, rule=rule), q.detach(), k.detach(), drawn()[2], padding()), wanted)


def test_a_norm_over_all_heads_is_olmo_2s():
    """Its gains are as wide as all heads together, and a head that is longer than the others stays so."""
    torch.manual_seed(3)
    config = Olmo2Config(
        hidden_size=H * K, num_attention_heads=H, num_key_value_heads=H, num_hidden_layers=1, intermediate_size=24,
        vocab_size=40, attn_implementation="eager",
    )  # fmt: skip
    module = Olmo2Attention(config, 0).eval()
    for norm in (module.q_norm, module.k_norm):
        torch.nn.init.normal_(norm.weight, 1, 0.5)
    module.q_proj.weight.data[:K] *= 5
    x = torch.randn(B, T, H * K) * 4
    _, wanted = module(x, (torch.ones(B, T, K), torch.zeros(B, T, K)), attention_mask=padding())
    q, k = (p(x).view(B, T, H, K).transpose(1, 2).detach() for p in (module.q_proj, module.k_proj))
    gains = {f"gain_{a}": tuple(n.weight.tolist()) for a, n in (("q", module.q_norm), ("k", module.k_norm))}
    rule = ScoreRule(norm="rms_all", eps=config.rms_norm_eps, **gains)
    rule.check(H, K)
    close(weights(Variant(scale=module.scaling, rule=rule), q, k, drawn()[2], padding()), wanted)
    with pytest.raises(VariantInvalid):
        rule.check(H, K + 1)


@pytest.mark.parametrize("tau", [0.05, 0.5])
def test_cosine_is_swin_v2s(tau):
    """The module itself; its bias for places is given as the model's own."""
    torch.manual_seed(2)
    config = Swinv2Config(embed_dim=H * K, num_heads=[H], depths=[1], window_size=2, attention_probs_dropout_prob=0.0)
    module = Swinv2SelfAttention(config, H * K, H, window_size=(2, 2)).eval()
    torch.nn.init.constant_(module.logit_scale, math.log(1 / tau))
    x = torch.randn(B, 4, H * K) * 3
    _, wanted = module(x, output_attentions=True)
    q, k = (p(x).view(B, 4, H, K).transpose(1, 2).detach() for p in (module.query, module.key))
    table = module.continuous_position_bias_mlp(module.relative_coords_table).view(-1, H)
    bias = (16 * torch.sigmoid(table[module.relative_position_index.view(-1)])).view(4, 4, H).permute(2, 0, 1)[None]
    variant = Variant(scale=1 / tau, rule=ScoreRule(norm="unit"))
    close(weights(variant, q, k, q, position_bias=bias.detach()), wanted)


def test_formulas_that_no_model_of_the_library_has():
    """PyTorch's own operations, with a padded text: n is the number of keys that a query sees."""
    q, k, v = drawn()
    mask, root = padding(), K**0.5
    s, n = q @ k.mT / root, torch.tensor([7.0, 5.0]).view(B, 1, 1, 1)
    layer = LayerNorm(K, eps=1e-6)
    with torch.no_grad():
        layer.weight.copy_(torch.linspace(0.5, 2, K))
    layer.bias.data.zero_()
    gain = tuple(layer.weight.tolist())
    cases = {
        "layer": (ScoreRule(norm="layer", gain_q=gain, gain_k=gain), layer(q) @ layer(k).mT / root),
        "Su": (ScoreRule(times_log_n=(1 / math.log(512), 0.0)), s * n.log() / math.log(512)),
        "SSMax": (ScoreRule(times_log_n=(0.4, 0.1)), s * (0.4 * n.log() + 0.1)),
        "shift": (ScoreRule(plus_log_n=3.0), s),
        "both sides": (ScoreRule(both_sides=True), (q / K**0.25) @ (k / K**0.25).mT),
    }
    for name, (rule, scores) in cases.items():
        torch.testing.assert_close(
            weights(Variant(rule=rule), q, k, v, mask),
            (scores + mask).softmax(-1).detach(),
            atol=1e-6,
            rtol=0,
            msg=name,
        )
    sigmoid = ScoreRule(weights="sigmoid", plus_log_n=-1.0)
    close(weights(Variant(rule=sigmoid), q, k, v, mask), torch.sigmoid(s - n.log() + mask))
    future = torch.full((T, T), LOWEST).triu(1)
    rows = torch.arange(1.0, T + 1).view(T, 1)
    close(weights(Variant(causal=True, rule=sigmoid), q, k, v), torch.sigmoid(s - rows.log() + future))
    unit = ScoreRule(norm="unit")
    close(
        weights(Variant(scale=4.0, rule=unit), q, k, v),
        (4 * normalize(q, dim=-1) @ normalize(k, dim=-1).mT).softmax(-1),
    )


@pytest.mark.parametrize(("scale", "factor"), [("d", 1 / K), ("sqrt_width", (H * K) ** -0.5), (0.3, 0.3)])
def test_factors_by_name(scale, factor):
    q, k, v = drawn()
    close(weights(Variant(scale=scale), q, k, v), (q @ k.mT * factor).softmax(-1))


RULES = {
    "rms": Variant(scale="none", rule=ScoreRule(norm="rms")),
    "rms_all": Variant(scale="none", rule=ScoreRule(norm="rms_all")),
    "cosine": Variant(scale=10.0, rule=ScoreRule(norm="unit")),
    "cap": Variant(rule=ScoreRule(cap=2.0)),
    "ssmax": Variant(rule=ScoreRule(times_log_n=(0.5, 0.2))),
    "sink": Variant(rule=ScoreRule(sink=(1.0,))),
    "sigmoid": Variant(rule=ScoreRule(weights="sigmoid", plus_log_n=-1.0)),
}


@pytest.mark.parametrize("name", ["bert", "gpt2", "llama", "t5"])
@pytest.mark.parametrize("rule", RULES)
def test_a_run_its_looks_and_its_replay_agree(name, rule):
    """End to end: what a look was shown during the run, what it is shown later, and a replayed layer are one thing."""
    scene = Scene(tiny_model(name), "one two three four five six", None, RULES[rule])
    look = Probabilities()
    heads = scene.heads(also=look)
    shape = heads.entropy.shape[1:3]
    for number in range(scene.handle.dims.n_layers):
        probs = scene.layer(number).probs
        again = Probabilities()
        look_again(scene.handle, scene.capture(), again, (number,))
        assert torch.equal(again.probs, probs)
        assert torch.equal(scene.layer(number).hidden, scene.capture().hidden[number + 1])
        rows = probs / probs.sum(-1, keepdim=True)
        torch.testing.assert_close(heads.entropy[number], entropy(rows), atol=1e-5, rtol=0)  # sums over six keys
        torch.testing.assert_close(heads.trace_jacobian[number], (probs * (1 - probs)).sum(-1), atol=1e-5, rtol=0)
    assert shape == probs.shape[:2]


@pytest.mark.parametrize("rule", RULES)
def test_measures_under_other_rules(minilm, rule):
    """Looked at beside the run itself, as the pages do: each against its layer replayed under the rule."""
    scene, variant = Scene(minilm, "Cats sleep while dogs bark.", None), RULES[rule]
    look = HeadMeasures(scene.encoded.n_tokens, others=(variant,), names=("entropy", "max_prob", "trace", "dead"))
    scene.show(look)
    found = look.of(variant)
    probs = torch.cat([layer.probs for layer in scene.layers(variant)])
    rows = probs / probs.sum(-1, keepdim=True)
    wanted = (entropy(rows) / math.log(scene.encoded.n_tokens)).mean(-1)
    torch.testing.assert_close(torch.from_numpy(found["entropy"]), wanted, atol=1e-5, rtol=0)  # sums over scores
    trace = (probs * (1 - probs)).sum(-1).mean(-1)
    torch.testing.assert_close(torch.from_numpy(found["trace"]), trace, atol=1e-5, rtol=0)  # the same
    assert abs(found["max_prob"] - probs.amax(-1).mean(-1).numpy()).max() < 1e-6


def test_a_rule_of_one_layer_leaves_the_others(minilm):
    variant = replace(RULES["cosine"], layers=(2,))
    plain, changed = run(minilm, "Cats sleep."), run(minilm, "Cats sleep.", variant=variant)
    assert torch.equal(plain.hidden[2], changed.hidden[2])
    assert not torch.allclose(plain.hidden[3], changed.hidden[3], atol=1e-3)
    assert torch.equal(replay(minilm, plain, 1, variant).probs, replay(minilm, plain, 1).probs)


@pytest.mark.parametrize(
    "wrong",
    [{"norm": "batch"}, {"weights": "max"}, {"cap": 0.0}, {"cap": math.nan}, {"eps": -1.0}, {"sink": (math.inf,)},
     {"sink": (0.0,), "weights": "sigmoid"}, {"times_log_n": (math.nan, 0.0)}, {"gain_q": (math.nan,)}],
)  # fmt: skip
def test_nonsense_is_refused(wrong):
    with pytest.raises(VariantInvalid):
        ScoreRule(**wrong)


def test_gains_and_sinks_of_another_size_are_refused():
    model = load(tiny_model("bert").spec)
    for rule in (ScoreRule(norm="rms", gain_k=(1.0, 2.0)), ScoreRule(sink=(0.0, 1.0))):
        with pytest.raises(VariantInvalid):
            run(model, "one two", variant=Variant(rule=rule))
