"""Fresh models for the trainings, and a trained one as the rest of the app takes it."""

from dataclasses import replace

import torch
from transformers import BertConfig, BertForPreTraining

from explorer.analysis.scaling.after_sqrt_d import RULES
from explorer.capture import attention
from explorer.capture.changes.variant import AS_IS, Variant
from explorer.capture.hooks import install
from explorer.models.altered_bert import alter
from explorer.models.handle import Dims, ModelHandle
from explorer.models.sites import sites
from explorer.models.spec import ModelSpec
from explorer.training.setting import TrainingSetting
from explorer.training.tokenizer import shipped

N_CTX = 128


def configuration(setting: TrainingSetting, n_vocab: int) -> BertConfig:
    """BERT's configuration of a setting: no dropout, since no sentence is ever seen twice."""
    return BertConfig(
        vocab_size=n_vocab,
        hidden_size=setting.d_model,
        num_hidden_layers=setting.layers,
        num_attention_heads=setting.n_heads,
        intermediate_size=4 * setting.d_model,
        max_position_embeddings=N_CTX,
        initializer_range=setting.init_std,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        tie_word_embeddings=setting.tied,
        explorer_scale="none" if setting.scale == "none" else "sqrt_d",
        explorer_ffn=setting.ffn,
    )


def variant_of(setting: TrainingSetting) -> Variant:
    """What is changed in every run of a model of this setting; the factors √d and 1 are in the model itself."""
    rules = {"sqrt_d": AS_IS, "none": AS_IS, "over_width": Variant(scale="sqrt_width")}
    return replace(rules.get(setting.scale) or RULES[setting.scale], causal=setting.causal)


def fresh(setting: TrainingSetting, n_vocab: int) -> BertForPreTraining:
    """An untrained model of a setting, its weights drawn from the setting's seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(setting.seed)
        model = BertForPreTraining._from_config(
            configuration(setting, n_vocab), attn_implementation=attention.NAME, dtype=torch.float32
        )
    alter(model)
    return model


def as_handle(model: BertForPreTraining, spec: ModelSpec) -> ModelHandle:
    """A trained model, finished: from now on it is watched, shared and never written to."""
    model.eval().requires_grad_(False)
    handle = ModelHandle(spec, model, shipped(), sites("bert"), Dims.of(model.config))
    install(handle)
    return handle
