"""Task heads on their own: applied to any hidden state, and whole runs of which only the outputs are kept."""

import math
from dataclasses import dataclass
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn
from transformers.modeling_outputs import BaseModelOutputWithPooling

from explorer.capture.active import Recorder
from explorer.capture.changes.variant import Variant
from explorer.capture.records import Capture
from explorer.capture.run import forward_pass, inputs
from explorer.models.encode import Encoded
from explorer.models.handle import ModelHandle, part, sharing_copy


class _Given(nn.Module):
    """Stands where the base model stood and returns one hidden state, whatever it is asked."""

    def __init__(self, hidden: Tensor) -> None:
        super().__init__()
        self.hidden = hidden

    def forward(self, *args: Any, **kwargs: Any) -> BaseModelOutputWithPooling:
        # The second head of a pre-training model reads the first place; what it says is not used.
        return BaseModelOutputWithPooling(last_hidden_state=self.hidden, pooler_output=self.hidden[:, 0])


def word_logits(handle: ModelHandle, seen: Capture, at: Any = ...) -> Tensor:
    """Scores of all words, of the places `at` of B T: of the word that stands there, or of the next (`guesses`).

    A few rows are formed by another kernel than all of them together: some 1e-6 apart.
    """
    if seen.word_scores is not None:
        return seen.word_scores[at]
    assert seen.guess_input is not None, "a model without a head that says words"
    table, read = handle.word_table, seen.guess_input[at]
    assert table is not None
    with forward_pass(Recorder(Variant()), read[..., 0].numel()):
        return table(read)  # type: ignore[no-any-return]


def mlm_logits(handle: ModelHandle, hidden: Float[Tensor, "B T D"]) -> Float[Tensor, "B T V"]:
    """The masked-word head of the model on any hidden state, not only on the last.

    Works for every architecture, because no head is named: a clone that shares all weights gets a base model which
    returns `hidden`. The shared model is not touched.
    """
    head = sharing_copy(handle.model, {id(handle.base): _Given(hidden)})
    with forward_pass(Recorder(Variant()), hidden.shape[:2].numel()):
        output = head(input_ids=torch.zeros(hidden.shape[:2], dtype=torch.long, device=hidden.device))
    logits: Tensor = output["prediction_logits"] if "prediction_logits" in output else output["logits"]
    return logits


def as_heads_read(handle: ModelHandle, hidden: Float[Tensor, "B T D"]) -> Float[Tensor, "B T D"]:
    """A layer's output as a head would get it: through the norm that pre-LN models have before their heads."""
    norm = part(handle.base, handle.sites.final_norm)
    if norm is None:
        return hidden
    with forward_pass(Recorder(Variant()), hidden.shape[:2].numel()):
        return norm(hidden)  # type: ignore[no-any-return]


def outputs(handle: ModelHandle, encoded: Encoded) -> dict[str, Tensor]:
    """What the heads say, and nothing of the inside: for many runs of which one number each is wanted.

    Raises:
        NoWeights: for a model of kind `meta`.
    """
    handle.require_weights()
    with forward_pass(Recorder(Variant()), encoded.ids.numel()):
        return dict(handle.model(**inputs(encoded)))


Rule = Literal["softmax", "sigmoid", "score"]
About = Literal["text", "token", "answer", "replaced"]


@dataclass(frozen=True)
class Verdict:
    """What a head with labels says.

    values: in the order of the labels: probabilities that add up to 1 (softmax), one probability each (sigmoid), or the
        head's own numbers (score). scores: the head's own numbers in each case.
    names: of the labels; empty where the head has none of its own. about: the whole text, one token's label, one token
        as the start and the end of an answer, or whether one token was replaced (ELECTRA).
    """

    rule: Rule
    about: About
    names: tuple[str, ...]
    values: tuple[float, ...]
    scores: tuple[float, ...]


def verdict(handle: ModelHandle, seen: Capture, token: int) -> Verdict | None:
    """What the head with labels says of a run's text, or of one of its tokens; None where there is no such head."""
    if seen.class_logits is not None:
        return _labelled(handle, seen.class_logits[0], "text")
    if seen.token_logits is None:
        return None
    logits = seen.token_logits[0, : seen.encoded.n_tokens].float()
    if handle.spec.head == "tokens":
        return _labelled(handle, logits[token], "token")
    if handle.spec.head == "qa":  # the softmax runs over the places, for the start and for the end
        shares = logits.softmax(0)[token]
        return Verdict("softmax", "answer", (), tuple(shares.tolist()), tuple(logits[token].tolist()))
    score = float(logits[token, 0])
    return Verdict("sigmoid", "replaced", (), (_sigmoid(score),), (score,))


def _labelled(handle: ModelHandle, logits: Tensor, about: About) -> Verdict:
    names = tuple(str(handle.config.id2label.get(i, i)) for i in range(len(logits)))
    rule, scores = rule_of(handle.config, len(logits)), logits.float()
    values = scores.softmax(-1) if rule == "softmax" else scores.sigmoid() if rule == "sigmoid" else scores
    return Verdict(rule, about, names, tuple(values.tolist()), tuple(scores.tolist()))


def rule_of(config: Any, n_labels: int) -> Rule:
    """What makes an answer of the numbers of a classification head.

    As transformers' pipeline "text-classification": nothing for a regression, a sigmoid each for several labels at once
    and for a single label, else a softmax. Before that, as sentence-transformers' CrossEncoder: the function which the
    configuration names, compared by its last name and never imported. If none is named, a single label has a sigmoid
    there, too.
    """
    named = _activation(config)
    if named == "sigmoid":
        return "sigmoid"
    if named is not None and n_labels == 1:
        return "score"
    if config.problem_type == "regression":
        return "score"
    return "sigmoid" if config.problem_type == "multi_label_classification" or n_labels == 1 else "softmax"


def _activation(config: Any) -> str | None:
    """The last name of the function that a cross-encoder's configuration names, in small letters."""
    noted = getattr(config, "sentence_transformers", None)
    path = noted.get("activation_fn") if isinstance(noted, dict) else None
    path = path or getattr(config, "sbert_ce_default_activation_function", None)
    return path.rpartition(".")[2].lower() if isinstance(path, str) and path else None


def _sigmoid(score: float) -> float:
    return 1 / (1 + math.exp(-score)) if score > -700 else 0.0
