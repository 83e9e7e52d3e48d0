"""The head of a checkpoint is read from the class names in its configuration."""

import pytest
from transformers import AutoConfig

from explorer.errors import HeadUnsupported
from explorer.i18n import Translator
from explorer.models.heads import HEADS, head_of

SAVED = [
    ("bert", "BertForMaskedLM", "mlm"),
    ("bert", "BertForPreTraining", "pretraining"),
    ("bert", "BertForNextSentencePrediction", "nsp"),
    ("bert", "BertForTokenClassification", "tokens"),
    ("bert", "BertModel", "none"),
    ("distilbert", "DistilBertForSequenceClassification", "classification"),
    ("roberta", "RobertaForQuestionAnswering", "qa"),
    ("xlm-roberta", "XLMRobertaForMaskedLM", "mlm"),
    ("camembert", "CamembertForMaskedLM", "mlm"),
    ("albert", "AlbertForMaskedLM", "mlm"),
    ("electra", "ElectraForPreTraining", "pretraining"),
    ("modernbert", "ModernBertForMaskedLM", "mlm"),
    ("gpt2", "GPT2LMHeadModel", "lm"),
    ("openai-gpt", "OpenAIGPTLMHeadModel", "lm"),
    ("xlnet", "XLNetLMHeadModel", "lm"),
    ("llama", "LlamaForCausalLM", "lm"),
    ("t5", "T5ForConditionalGeneration", "seq2seq"),
    ("t5", "T5WithLMHeadModel", "seq2seq"),
    ("deberta-v2", "DebertaV2ForMaskedLM", "mlm"),
    ("mpnet", "MPNetForMaskedLM", "mlm"),
    ("bart", "BartForConditionalGeneration", "seq2seq"),
    ("bart", "BartModel", "none"),
    ("bert", "EvilModel", "none"),
    ("gpt2", "BertForMaskedLM", "none"),
]


@pytest.mark.parametrize(("model_type", "saved", "head"), SAVED)
def test_the_head_is_the_one_that_was_saved(model_type, saved, head):
    config = AutoConfig.for_model(model_type, architectures=[saved])
    assert head_of(config) == head
    if head != "none" and saved != "T5WithLMHeadModel":
        assert HEADS[head]._model_mapping[type(config)].__name__ == saved


def test_a_configuration_without_class_names_has_no_head():
    assert head_of(AutoConfig.for_model("bert")) == "none"


OTHERWISE = ["T5ForSequenceClassification", "T5ForTokenClassification", "T5EncoderModel"]
OTHERWISE += ["BartForSequenceClassification", "BartForQuestionAnswering", "BartForCausalLM"]


@pytest.mark.parametrize("saved", OTHERWISE)
def test_classes_that_are_built_otherwise_are_refused_by_name(saved):
    with pytest.raises(HeadUnsupported) as refused:
        head_of(AutoConfig.for_model("t5" if saved.startswith("T5") else "bart", architectures=[saved]))
    assert all(saved in Translator(lang).error(refused.value) for lang in ("en", "zh"))
