"""Models of the hub that a course needs, as a table: id, family, size. What they cost now, only the hub can say."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Curated:
    """A published model.

    millions: of parameters, as counted from its published configuration. revision: a commit that published works pin
        and that has its weights as safetensors; None where we know of none: then the hub's newest is taken, or the
        branch of the hub's converter. `python -m explorer.analysis.models.check_hub` asks for them all.
    masks: whether its published configuration names an architecture with a masked-word head.
    """

    key: str
    repo: str
    title: str
    family: str
    millions: float
    revision: str | None = None
    masks: bool = False


CURATED = (
    Curated(
        "bert-base",
        "google-bert/bert-base-uncased",
        "BERT base",
        "bert",
        110.0,
        "86b5e0934494bd15c9632b12f734a8a67f723594",
        masks=True,
    ),
    Curated(
        "bert-large",
        "google-bert/bert-large-uncased",
        "BERT large",
        "bert",
        336.0,
        "6da4b6a26a1877e173fca3225479512db81a5e5b",
        masks=True,
    ),
    Curated(
        "bert-tiny",
        "google/bert_uncased_L-2_H-128_A-2",
        "BERT tiny",
        "bert",
        4.4,
        "30b0a37ccaaa32f332884b96992754e246e48c5f",
    ),
    Curated(
        "bert-chinese",
        "google-bert/bert-base-chinese",
        "BERT base, 中文",
        "bert",
        103.0,
        "c30a6ed22ab4564dc1e3b2ecbf6e766b0611a33f",
        masks=True,
    ),
    Curated(
        "bert-multilingual",
        "google-bert/bert-base-multilingual-cased",
        "BERT base, multilingual",
        "bert",
        178.0,
        "3f076fdb1ab68d5b2880cb87a0886f315b8146f8",
        masks=True,
    ),
    Curated("scibert", "allenai/scibert_scivocab_uncased", "SciBERT", "bert", 110.0),
    Curated(
        "roberta",
        "FacebookAI/roberta-base",
        "RoBERTa base",
        "roberta",
        125.0,
        "e2da8e2f811d1448a5b465c236feacd80ffbac7b",
        masks=True,
    ),
    Curated(
        "distilbert",
        "distilbert/distilbert-base-uncased",
        "DistilBERT",
        "distilbert",
        67.0,
        "12040accade4e8a0f71eabdb258fecc2e7e948be",
        masks=True,
    ),
    Curated(
        "sst2",
        "distilbert/distilbert-base-uncased-finetuned-sst-2-english",
        "DistilBERT, SST-2",
        "distilbert",
        67.0,
        "714eb0fa89d2f80546fda750413ed43d93601a13",
    ),
    Curated("electra", "google/electra-small-discriminator", "ELECTRA small", "electra", 14.0),
    Curated(
        "albert",
        "albert/albert-base-v2",
        "ALBERT base",
        "albert",
        12.0,
        "8e2f239c5f8a2c0f253781ca60135db913e5c80c",
        masks=True,
    ),
    Curated(
        "modernbert",
        "answerdotai/ModernBERT-base",
        "ModernBERT base",
        "modernbert",
        149.0,
        "8949b909ec900327062f0ebf497f51aef5e6f0c8",
        masks=True,
    ),
    Curated("gpt2", "openai-community/gpt2", "GPT-2 small", "gpt2", 124.0, "607a30d783dfa663caf39e06633721c8d4cfcd7e"),
    Curated("t5", "google-t5/t5-small", "T5 small", "t5", 61.0, "df1b051c49625cf57a3d0d8d3863ed4d13564fe4"),
    Curated("xlnet", "xlnet/xlnet-base-cased", "XLNet base", "xlnet", 117.0),
)
