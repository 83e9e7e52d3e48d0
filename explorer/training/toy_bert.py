"""Make the toy models that ship with the app: `python -m explorer.training.toy_bert [toy|toy_zh]` (`make toy-bert`)."""

import sys
import time
from dataclasses import asdict

import torch
import transformers

from explorer.models.altered_bert import n_parameters
from explorer.training.batches import SINGLE
from explorer.training.languages import LANGUAGES, Language
from explorer.training.loop import Training
from explorer.training.measures import Accuracies, accuracies, held_out_loss
from explorer.training.setting import TrainingSetting
from explorer.training.tokenizer import folder_of, learn

SETTING = TrainingSetting(d_head=32, layers=3, learning_rate=0.001, steps=6_000, rate=0.3, pairs=True)
MEASURED, MEASURED_WITH = 2_000, 7  # fresh sentences and their seed

# What the card says of each language: its code, a sentence, what agrees, what is by chance, what falls out of it.
WORDS = {
    "toy": {
        "code": "en",
        "of": "a small language of its own",
        "sentence": "that slow wolf beside every cat howls and it roams in its forest",
        "agreement": "its number against the other number",
        "verb": "exact verb, masked with all after it that tells animal or number",
        "forms": "0.03",
        "outside": "words from outside fall into letters",
    },
    "toy_zh": {
        "code": "zh",
        "of": "a small language of its own, in Chinese",
        "sentence": "一条在那本书旁边的小鱼跳着，它在河里游着",
        "agreement": "the measure word, masked with the verb and what follows, against that of the noun in between",
        "verb": "exact verb, masked with all after it that tells the noun",
        "forms": "0.06",
        "outside": "words of Latin letters from outside fall into letters, Chinese characters from outside are [UNK]",
    },
}


def main(language: Language, setting: TrainingSetting = SETTING) -> Accuracies:
    """Train, measure, save: weights, tokenizer, configuration, model card."""
    torch.set_num_threads(1)
    folder = folder_of(language)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = learn(language)
    tokenizer.save(str(folder / "tokenizer.json"))
    training, start = Training(setting, language), time.perf_counter()
    for record in training.steps():
        if record.accuracies:
            sys.stderr.write(f"step {record.step}: loss {record.loss:.3f}, {asdict(record.accuracies)}\n")
    minutes = (time.perf_counter() - start) / 60
    found = accuracies(training.model, training.batches, MEASURED, MEASURED_WITH, pairs=setting.pairs)
    loss = held_out_loss(training.model, setting, tokenizer, language=language)
    training.model.save_pretrained(folder)
    card = _card(language, setting, found, loss, minutes, n_parameters(training.model), tokenizer.get_vocab_size())
    (folder / "README.md").write_text(card, encoding="utf-8")
    return found


def _card(
    language: Language,
    s: TrainingSetting,
    found: Accuracies,
    loss: float,
    minutes: float,
    parameters: int,
    n_vocab: int,
) -> str:
    """The model card: data, settings, seeds, accuracies."""
    w = WORDS[language.name]
    nouns = ", ".join(f"{one} ({does}, {home})" for one, _, does, _, home in language.nouns)
    return f"""---
language: {w["code"]}
license: mit
library_name: transformers
tags: [bert, toy, fill-mask, next-sentence-prediction]
---
# toy BERT: {w["of"]}, with both pre-training heads

`BertForPreTraining` with {s.layers} layers of {s.n_heads} heads, width {s.d_model}, {parameters:,} parameters and
{n_vocab} word pieces. Made for teaching by BERT Explorer; it knows nothing but the language below.

## Data
Sentences drawn from a grammar (`explorer/training/grammar.py`), never the same batch twice, e.g.
"{w["sentence"]}". In pairs, the second clause follows the first in one half of them and is
about another noun in the other half. {s.batch * s.steps:,} examples in all, {SINGLE:.0%} of them without a second
clause. The nouns, what only each does and where it is: {nouns}.
The vocabulary was learnt from 8,000 sentences (seed 0); {w["outside"]}, which the model
has met only as replacements.

## Training
{s.steps:,} steps of {s.batch} examples, AdamW (learning rate {s.learning_rate} after 50 steps of warm-up, linear
decay, weight decay 0.01, gradients clipped at 1), fresh weights of standard deviation {s.init_std} (1/√{s.d_model}), no
dropout, {s.rate:.0%} of the tokens chosen, of these 80 % masked, 10 % replaced, 10 % left; pairs half as
many; the sum of both losses; seed {s.seed}.
One thread, {minutes:.1f} minutes, torch {torch.__version__.partition("+")[0]}, transformers {transformers.__version__}.

## Accuracies
On {MEASURED:,} fresh sentences and as many pairs (seed {MEASURED_WITH}):

| what | accuracy | by chance |
|---|---|---|
| {w["verb"]} | {found.verb:.3f} | {w["forms"]} |
| {w["agreement"]} | {found.agreement:.3f} | 0.50 |
| exact place, with the verb masked, too | {found.place:.3f} | 0.06 |
| next sentence or not | {found.next_sentence:.3f} | 0.50 |

Masked-word loss on fixed fresh batches: {loss:.3f} nats.
A word that the grammar chooses freely (adjective, determiner) cannot be known: the loss does not go to 0.
"""


if __name__ == "__main__":
    for name in sys.argv[1:] or LANGUAGES:
        main(LANGUAGES[name])
