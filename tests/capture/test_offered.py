"""Each change is tried on a model after loading: those that do nothing are refused with the reason."""

import time

import pytest
import torch

from explorer import Variant, load, replay, run
from explorer.capture import offered as trying
from explorer.capture.changes.rules import ScoreRule
from explorer.capture.hooks import Hooks
from explorer.capture.offered import CHECKS, TEXT, TRIED, kinds_of, offered, reason_against, require
from explorer.errors import NotInThisModel, VariantInvalid
from explorer.models.handle import ModelHandle
from tests.architectures import tiny_model, views

WITHOUT = {
    ("modernbert", "encoder"): {"ffn_skip": "skip_pre_norm"},
    ("gpt2", "decoder"): {"causal": "causal_already", "ffn_skip": "skip_pre_norm"},
    ("openai-gpt", "decoder"): {"causal": "causal_already"},
    ("llama", "decoder"): {
        "causal": "causal_already",
        "identity_k": "identity_grouped",
        "identity_v": "identity_grouped",
        "ffn_skip": "skip_pre_norm",
    },
}
WITHOUT |= {
    ("qwen3", "decoder"): WITHOUT["llama", "decoder"],
    ("gemma3_text", "decoder"): WITHOUT["llama", "decoder"] | {"identity_q": "identity_not_square"},  # 3 · 6 of 24
}
T5 = {"unscaled": "unscaled_by_design", "ffn_skip": "skip_pre_norm"} | {
    f"identity_{letter}": "identity_not_square" for letter in "qkv"
}
WITHOUT |= {
    ("t5", "encoder"): T5,
    ("t5", "decoder"): T5 | {"causal": "causal_already"},
    ("t5", "cross"): T5 | {"causal": "causal_cross"},
    ("bart", "decoder"): {"causal": "causal_already", "ffn_skip": "no_effect"},
    ("bart", "cross"): {"causal": "causal_cross"},
}
# Three heads: 1/√(3d) is what DeBERTa does.
RULES = dict.fromkeys((kind for kind, tried in TRIED.items() if tried.rule is not None), "rule_tapped")
WITHOUT |= {
    ("openai-gpt", "decoder"): WITHOUT["openai-gpt", "decoder"] | RULES,
    ("xlnet", "encoder"): RULES,
    ("deberta-v2", "encoder"): RULES | {"over_width": "no_effect"},
    ("mpnet", "encoder"): RULES,
}


@pytest.mark.parametrize(("name", "stack"), views())
def test_what_is_offered(name, stack):
    handle = tiny_model(name).of_stack(stack)
    found = offered(handle)
    assert set(found) == set(TRIED)
    assert {kind: why for kind, why in found.items() if why is not None} == WITHOUT.get((name, stack), {})


@pytest.mark.parametrize(("name", "stack"), views())
def test_an_offered_change_changes_a_whole_run(name, stack):
    """Trying is done on one layer; here the run from end to end moves too, and stays finite."""
    handle = tiny_model(name).of_stack(stack)
    plain = run(handle, "one two three four", "five six seven").hidden[-1]
    for kind, why in offered(handle).items():
        if why in ("identity_grouped", "identity_not_square"):
            with pytest.raises(VariantInvalid):
                run(handle, "one two three four", None, TRIED[kind])
            continue
        if why == "rule_tapped":
            with pytest.raises(NotInThisModel):
                run(handle, "one two three four", None, TRIED[kind])
            continue
        changed = run(handle, "one two three four", "five six seven", TRIED[kind]).hidden[-1]
        moved = float((changed - plain).norm() / plain.norm())
        assert torch.isfinite(changed).all()
        if why is None:
            assert moved > 1e-5, kind
        elif why in ("unscaled_by_design", "causal_already", "skip_pre_norm"):
            assert moved == 0, kind


def test_refusal_names_the_reason(minilm):
    with pytest.raises(NotInThisModel) as found:
        require(tiny_model("t5"), Variant(scale="none", ablated=((0, 0),)))
    assert found.value.message == "error.NotInThisModel.unscaled_by_design"
    assert reason_against(tiny_model("t5"), Variant(scale=0.5)) is None
    assert reason_against(tiny_model("t5"), Variant(scale=1.0)) == "unscaled_by_design"
    assert reason_against(tiny_model("xlnet"), Variant(rule=ScoreRule(both_sides=True))) == "rule_tapped"
    assert all(why is None for why in offered(minilm).values())
    require(minilm, Variant(scale="none", causal=True, identity=("q",), without_ffn="all", ffn_mode="skip"))


def test_kinds_of_a_variant(minilm):
    assert kinds_of(minilm, Variant()) == []
    many = Variant(scale=1, temperature=2, causal=True, ablated=((0, 1),), without_ffn="all", identity=("k", "q"))
    assert kinds_of(minilm, many) == [
        "unscaled", "temperature", "causal", "ablation", "ffn_zero", "identity_k", "identity_q",
    ]  # fmt: skip
    assert kinds_of(minilm, Variant(scale="d", rule=ScoreRule(norm="rms", cap=50.0, sink=(0.0,)))) == [
        "over_d", "norm_rms", "cap", "sink",
    ]  # fmt: skip
    assert kinds_of(minilm, Variant(rule=ScoreRule(weights="sigmoid", plus_log_n=-1.0))) == ["sigmoid"]


SILENT = {
    "ffn_zero": ("_zero_ffn", lambda self, module, args, output: None),
    "ffn_skip": ("_after_attention", lambda self, module, args, output: None),
    "identity_q": ("_identity", lambda self, letter: lambda module, args, output: None),
}


@pytest.mark.parametrize("kind", SILENT)
def test_a_hook_that_does_nothing_is_found_out(kind, monkeypatch):
    """A model whose hook never answers, as one whose modules have other names would have."""
    from tests.conftest import TINY

    name, nothing = SILENT[kind]
    monkeypatch.setattr(Hooks, name, nothing)
    handle = load(trying_spec(TINY, seed=hash(kind) % 1000 + 100))
    assert offered(handle)[kind] == "no_effect"
    assert offered(handle)["temperature"] is None


def trying_spec(sizes, seed):
    """A model of its own, so that the hooks of others stay as they are."""
    from explorer import ModelSpec

    return ModelSpec("config", "bert", overrides=sizes, seed=seed)


def test_trying_is_quick_and_done_once(minilm: ModelHandle, monkeypatch):
    seen = run(minilm, trying.TEXT)
    replay(minilm, seen, 0)
    begin = time.thread_time()
    trying._try_all(minilm)
    assert time.thread_time() - begin < 1.0  # 0.04 s on a quiet machine
    monkeypatch.setattr(trying, "_try_all", lambda handle: pytest.fail("tried again"))
    offered(minilm)


@pytest.mark.parametrize("kind", TRIED)
def test_no_change_or_another_change_is_not_taken_for_this_one(minilm, kind):
    """Each check is shown the layer as it was, and as every other kind of change leaves it."""
    seen = run(minilm, TEXT)
    own = replay(minilm, seen, 0)
    check = CHECKS[kind.partition("_")[0] if kind.startswith("identity") else kind]
    for other, variant in TRIED.items():
        changed = own if other == kind else replay(minilm, seen, 0, variant)
        assert not check(own, changed, kind), other
    assert check(own, replay(minilm, seen, 0, TRIED[kind]), kind)
