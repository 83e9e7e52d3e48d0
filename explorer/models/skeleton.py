"""Models without weights, for counting: every architecture of the library, with any of its heads.

Each tensor is a fake one (torch.FakeTensorMode): it has a shape and no storage. The meta device alone is not enough:
XLNet creates its attention weights with `torch.FloatTensor(...)`, which ignores the device and would
allocate them.
"""

import copy
import time
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.overrides import TorchFunctionMode
from transformers import AutoModel, PreTrainedConfig, PreTrainedModel
from transformers.models.auto import modeling_auto as auto

from explorer.errors import ConfigUnbuildable, ExplorerError, HeadMissing
from explorer.models.build_lock import one_at_a_time
from explorer.models.configs import from_fields, short_reason
from explorer.models.spec import Head

# For each head the library's classes, in order of preference: a decoder's language model stands in for the masked one.
CLASSES: dict[Head, tuple[Any, ...]] = {
    "none": (AutoModel,),
    "mlm": (auto.AutoModelForMaskedLM, auto.AutoModelForCausalLM, auto.AutoModelForSeq2SeqLM),
    "pretraining": (auto.AutoModelForPreTraining,),
    "nsp": (auto.AutoModelForNextSentencePrediction,),
    "classification": (auto.AutoModelForSequenceClassification,),
    "qa": (auto.AutoModelForQuestionAnswering,),
    "tokens": (auto.AutoModelForTokenClassification,),
    "lm": (auto.AutoModelForCausalLM,),
    "seq2seq": (auto.AutoModelForSeq2SeqLM,),
}

# Heads that a checkpoint can be found to have (`heads.head_of`), and that a visitor who counts does not choose among.
FOUND_ONLY = ("tokens", "lm", "seq2seq")

# Where the feed-forward block of a layer stands, with the LayerNorm that belongs to it (the "intermediate layer").
_BERT_FFN = ("encoder.layer", ("intermediate", "output"))
FFN: dict[str, tuple[str, tuple[str, ...]]] = {
    "bert": _BERT_FFN,
    "roberta": _BERT_FFN,
    "electra": _BERT_FFN,
    "mpnet": _BERT_FFN,
    "distilbert": ("transformer.layer", ("ffn", "output_layer_norm")),
    "openai-gpt": ("h", ("mlp", "ln_2")),
    "gpt2": ("h", ("ln_2", "mlp")),
    "modernbert": ("layers", ("mlp_norm", "mlp")),
}

# Real architectures need a tenth of a second; a file that makes thousands of modules is stopped here.
MAX_SECONDS = 8.0


def as_config(config: PreTrainedConfig | Mapping[str, Any]) -> PreTrainedConfig:
    """A configuration as it is, or one made from a mapping with a `model_type`; in both cases within the limits."""
    fields = config.to_dict() if isinstance(config, PreTrainedConfig) else dict(config)
    if isinstance(config, PreTrainedConfig):
        fields = {name: value for name, value in fields.items() if not name.startswith("_")}
        from_fields(config.model_type, fields)
        return config
    return from_fields(str(fields.get("model_type", "")), fields)


def heads(config: PreTrainedConfig) -> tuple[Head, ...]:
    """The heads that the library has for this architecture, each kind of language model under the one name "mlm"."""
    return tuple(head for head in CLASSES if head not in FOUND_ONLY and _class(config, head) is not None)


@one_at_a_time
def skeleton(
    config: PreTrainedConfig, head: Head = "none", n_labels: int | None = None, without_ffn: int = 0
) -> PreTrainedModel:
    """The module tree with shapes and without storage; n_labels of a classifier; the last layers lose their block.

    Raises:
        HeadMissing: when the library has no such class for the architecture.
        ConfigUnbuildable: when its constructor refuses the sizes, or takes too long.
    """
    found = _class(config, head)
    if found is None:
        raise HeadMissing(found=head, model=config.model_type, allowed=", ".join(heads(config)))
    config = copy.deepcopy(config)
    if head in ("classification", "qa", "tokens"):
        config.num_labels = 2 if head == "qa" or n_labels is None else n_labels
    try:
        with FakeTensorMode(allow_non_fake_inputs=True), torch.device("meta"), _Deadline():
            # A configuration's own dtype would become the default of the whole process, all threads, while it builds.
            model: PreTrainedModel = found.from_config(
                config, trust_remote_code=False, attn_implementation="eager", dtype=torch.float32
            )
    except ExplorerError:
        raise
    except Exception as error:  # constructors raise whatever their arithmetic raises; the page says it in a sentence
        raise ConfigUnbuildable(reason=short_reason(error)) from error
    if without_ffn:
        _remove_ffn(model, without_ffn)
    return model


def head_class(config: PreTrainedConfig, head: Head) -> Any:
    """The library's class that builds this head on the architecture; None where there is none."""
    found = _class(config, head)
    built = None if found is None else found._model_mapping[type(config)]
    return built[0] if isinstance(built, tuple) else built


def _class(config: PreTrainedConfig, head: Head) -> Any:
    return next((c for c in CLASSES[head] if type(config) in c._model_mapping), None)


def _remove_ffn(model: PreTrainedModel, count: int) -> None:
    """Take the feed-forward block out of the last `count` layers."""
    if model.config.model_type not in FFN:
        raise HeadMissing(found="without_ffn", model=model.config.model_type, allowed=", ".join(FFN))
    path, names = FFN[model.config.model_type]
    layers = list(model.base_model.get_submodule(path).children())
    for layer in layers[max(0, len(layers) - count) :]:
        for name in names:
            setattr(layer, name, nn.Identity())


class _Deadline(TorchFunctionMode):
    """Stops a constructor in this thread that goes on creating tensors for too long."""

    def __init__(self) -> None:
        super().__init__()
        self.end = time.thread_time() + MAX_SECONDS  # of work, not of waiting for other visitors

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if time.thread_time() > self.end:
            raise ConfigUnbuildable(reason=f"> {MAX_SECONDS:.0f} s")
        return func(*args, **(kwargs or {}))
