"""The class of transformers that builds a model with each task head, and the head that a checkpoint has."""

from typing import Any

from transformers import AutoModel, PreTrainedConfig, PreTrainedModel
from transformers.models.auto import modeling_auto as auto

from explorer.errors import HeadUnsupported
from explorer.models.spec import Head

HEADS: dict[Head, type] = {
    "none": AutoModel,
    "mlm": auto.AutoModelForMaskedLM,
    "pretraining": auto.AutoModelForPreTraining,
    "nsp": auto.AutoModelForNextSentencePrediction,
    "classification": auto.AutoModelForSequenceClassification,
    "qa": auto.AutoModelForQuestionAnswering,
    "tokens": auto.AutoModelForTokenClassification,
    "lm": auto.AutoModelForCausalLM,
    "seq2seq": auto.AutoModelForSeq2SeqLM,
}

# A language model is also a "pretraining" class in the library's table: the plain name of the head comes first.
_ORDER: tuple[Head, ...] = ("mlm", "lm", "seq2seq", "nsp", "classification", "tokens", "qa", "pretraining")

# What published configurations call a class that is named otherwise today, or that holds the same weights and more.
_OTHER_NAMES = {"T5WithLMHeadModel": "T5ForConditionalGeneration", "GPT2DoubleHeadsModel": "GPT2LMHeadModel"}

# Classes that hold only a part of two stacks, hold them under other names, or read one token of the decoder by its id.
_NOT_SHOWN = (
    *(f"T5{name}" for name in ("ForSequenceClassification", "ForTokenClassification", "EncoderModel")),
    *(f"BartFor{name}" for name in ("CausalLM", "SequenceClassification", "QuestionAnswering")),
)


def head_of(config: PreTrainedConfig) -> Head:
    """The task head that a checkpoint was saved with, by the `architectures` of its configuration.

    "none" where the file names no class, a bare model, or one that no head here is built by: then what stands below
    the head is loaded.

    Raises:
        HeadUnsupported: for a class that is built otherwise than its architecture.
    """
    for name in getattr(config, "architectures", None) or ():
        if name in _NOT_SHOWN:
            raise HeadUnsupported(found=name)
        for head in _ORDER:
            if head == "mlm" and config.is_encoder_decoder:
                continue  # BART's one class stands in both of the library's tables
            if _class_name(config, head) == _OTHER_NAMES.get(str(name), name):
                return head
    return "none"


def writes_on(model: PreTrainedModel) -> bool:
    """Whether the library takes this class for a language model that says the next word."""
    return type(model).__name__ == _class_name(model.config, "lm")


def _class_name(config: PreTrainedConfig, head: Head) -> str | None:
    """The name of the class that builds this head on this architecture; None where there is none."""
    mapping: Any = HEADS[head]._model_mapping  # type: ignore[attr-defined]
    if type(config) not in mapping:
        return None
    found = mapping[type(config)]
    return str((found[0] if isinstance(found, tuple) else found).__name__)
