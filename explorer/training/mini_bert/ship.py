"""Store the trained model for the app, measure it, write its card: `python -m explorer.training.mini_bert.ship`."""

import hashlib
from pathlib import Path
from typing import Any

import torch
import transformers

from explorer.home import ASSETS
from explorer.models import overlay
from explorer.models.altered_bert import n_parameters
from explorer.models.embedded import SUMS
from explorer.training.mini_bert.corpus import text_of
from explorer.training.mini_bert.evaluate import MOST, Report, difference, shipped, table
from explorer.training.mini_bert.run import ROWS, Setting, fresh
from explorer.training.mini_bert.sources import BUILD, PACKAGES, SOURCES

FOLDER = ASSETS / "models" / "mini-bert"


def store(checkpoint: dict[str, Any], folder: Path) -> Any:
    """Write the weights, the configuration and the list of digests; gives the model."""
    model = fresh()
    model.load_state_dict(checkpoint["model"])
    overlay.write(model, folder)
    digest = hashlib.sha256((folder / overlay.FILE).read_bytes()).hexdigest()
    (folder / SUMS).write_text(f"{digest}  {overlay.FILE}\n", encoding="utf-8")
    return model


def card(checkpoint: dict[str, Any], report: Report, parameters: int, n_bytes: int) -> str:
    """The model card."""
    s = Setting(**checkpoint["setting"])
    curve = checkpoint["curve"]
    points = curve[:: max(1, len(curve) // 12)]
    if points[-1] != curve[-1]:
        points.append(curve[-1])
    losses = "\n".join(f"| {step:.0f} | {words:.2f} | {follows:.2f} |" for step, words, follows in points)
    return f"""---
language: en
license: other
license_name: apache-2.0-and-wordnet
base_model: sentence-transformers/all-MiniLM-L6-v2
library_name: transformers
tags: [bert, fill-mask, next-sentence-prediction]
---
# mini-BERT: a small English BERT with both pre-training heads

`BertForPreTraining` with 6 layers of 12 heads, width 384, the 30,522 word pieces of BERT (uncased) and {parameters:,}
parameters: all-MiniLM-L6-v2 (Apache-2.0), trained on with masked words and next sentence for BERT Explorer, so that a
text of the visitor's own can be filled in without a network. `model.safetensors` ({n_bytes / 1e6:.1f} MB, float16) has
what differs from MiniLM's file: layers {s.frozen + 1} to 6, pooler, both heads, and the {ROWS:,} rows of the word table
(which is the decoder) whose pieces are frequent in the text. Everything else is read from MiniLM's file.

## Data
Every file is fetched by its registry's own client and compared with its digest; the text itself is not kept here.

{_data()}

WordNet 3.0 Copyright 2006 by Princeton University. All rights reserved. The World English Bible's text was cut into
sentences for the training; no part of it is in these files. Messages with an address or a long number were left out of
the conversations. One in 40 stretches of 30 sentences of each source is held
out.

## Training
{checkpoint["step"]:,} steps of {s.parts} × {s.pieces} pieces at most, AdamW (rates {s.body:g} for layers {s.frozen + 1}
to 6 and the pooler, {s.head:g} for the heads, {s.table:g} for the rows; weight decay {s.weight_decay:g} on matrices,
gradients clipped at {s.clip:g}), {s.warm_up} steps of warm-up, then constant, linear to 0 over the last {s.fall:.0%},
no dropout, seed {s.seed}. {s.mask[0]:.0%} of the pieces asked for, all of them hidden; over the last {s.fall:.0%} of
the steps {s.mask[1]:.0%}, of these 80 % hidden, 10 % replaced, 10 % left. 6 in 10 examples where a text goes on are two
stretches of one or more sentences, half of them consecutive, half from different places of the same source.
Layers 1 to {s.frozen} and the rest of the embeddings stay as they are in MiniLM. {_precision(s)}
torch {torch.__version__.partition("+")[0]}, transformers {transformers.__version__}.

| step | masked pieces, nats | next sentence, nats |
|---|---|---|
{losses}

(Means over the 20 steps before, on the text that is trained on. The share of hidden pieces falls at
{1 - s.fall:.0%} of the steps, so the last figures are of an easier task than the first.)

## Held-out figures
`python -m explorer.training.mini_bert.evaluate` prints them, with its five words for every gap. {MOST} examples of each
source, 15 % of the pieces hidden; pairs half consecutive, half from different places of the same source (chance: 50 %).

{table(report)}

## What changed against MiniLM
{difference(report.change) if report.change else ""}

## What it cannot do
It has read a few million pieces: conversations of students of one university, definitions, old novels, speeches and the
Bible. It knows little of the world, few names and few facts, its guesses sound old at times, and it repeats what such
texts say about men, women and peoples. It is not for decisions about people. For
sentence vectors MiniLM is the model to take.
"""


def _precision(s: Setting) -> str:
    bits = "bfloat16, as autocast does it; weights, gradients and losses are float32"
    return f"Products are formed in {bits}." if s.bfloat16 else "All numbers are float32."


def _data() -> str:
    """Sources with package, digest, licence, size and share."""
    rows = [
        "| source | package, sha256 | licence of the text | pieces | share of the training |",
        "|---|---|---|---|---|",
    ]
    for name, source in SOURCES.items():
        package, text = PACKAGES[source.package], text_of(name)
        size = sum(len(one) for document in text.train + text.held_out for one in document)
        share = f"{source.share:.0%}" if source.share else "none: held out whole"
        what = f"{package.registry} `{package.request[-1]}` {package.sha256}"
        rows.append(f"| {source.what} | {what} | {package.licence} | {size:,} | {share} |")
    return "\n".join(rows)


def main() -> None:
    """Store, measure, describe."""
    torch.set_num_threads(1)
    checkpoint = torch.load(BUILD / "checkpoint.pt", weights_only=True)
    model = store(checkpoint, FOLDER)
    report = shipped(MOST, ("dev", "end"))
    n_bytes = (FOLDER / overlay.FILE).stat().st_size
    (FOLDER / "README.md").write_text(card(checkpoint, report, n_parameters(model), n_bytes), encoding="utf-8")


if __name__ == "__main__":
    main()
