"""The class of transformers that builds a model with each task head."""

from transformers import AutoModel
from transformers.models.auto import modeling_auto as auto

from explorer.models.spec import Head

HEADS: dict[Head, type] = {
    "none": AutoModel,
    "mlm": auto.AutoModelForMaskedLM,
    "pretraining": auto.AutoModelForPreTraining,
    "nsp": auto.AutoModelForNextSentencePrediction,
    "classification": auto.AutoModelForSequenceClassification,
    "qa": auto.AutoModelForQuestionAnswering,
}
