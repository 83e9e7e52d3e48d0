"""Every Info that the pages draw, from six texts and the models on offer, and two architectures that are not BERT's."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import torch

from explorer import Scene, Variant, load, run
from explorer.analysis import unrelated_texts
from explorer.analysis.attention import ablation, heads, patterns, rollout, sink, steps
from explorer.analysis.course import answers, class_texts, summary
from explorer.analysis.input import apart, neighbours, positions, small_one_hots, sum, tokens
from explorer.analysis.measures import MEASURES
from explorer.analysis.models import both_directions, compare, curated_list, stacks_compared, who_sees_whom, word_change
from explorer.analysis.pretraining import (
    changed_guess,
    knowledge,
    next_sentence,
    own_argmax,
    predictions,
    seen_itself,
    tied,
    two_losses,
    untying,
)
from explorer.analysis.pretraining import masked as masking
from explorer.analysis.probing import Split
from explorer.analysis.questions import (
    additive,
    beyond,
    block_sizes,
    cls_token,
    lookup_tables,
    mask_rates,
    nonlinear,
    self_weight,
    softmax_shift,
    unscaled_example,
    windows_rejoined,
)
from explorer.analysis.scaling import (
    after_sqrt_d,
    drawn_vectors,
    gradients,
    online_softmax,
    precision,
    saturation,
    scaling,
    score_variance,
    softmax,
    which_d,
    whole_network,
)
from explorer.analysis.start import journey
from explorer.analysis.structure import (
    contrast,
    cost,
    measured_time,
    parameters,
    rank_collapse,
    removal,
    reshape,
    without_ffn,
)
from explorer.analysis.use import (
    answer,
    classifier_input,
    pooling,
    segment_memory,
    sentences,
    task_head,
    task_texts,
    token_labels,
    token_task,
    window_cost,
    windows,
)
from explorer.analysis.use.labelled_texts import LabelledTexts
from explorer.capture.changes.rank import COMBINATIONS
from explorer.capture.facts import facts_of
from explorer.capture.timing import Timing
from explorer.capture.windows import window_states, window_vectors
from explorer.models.document import document
from explorer.models.encode import encode, named
from explorer.models.families import FAMILIES
from explorer.models.other_tokenizers import SECOND
from explorer.models.presets import PRESETS
from explorer.models.registry import OFFERS
from explorer.models.spec import ModelSpec
from explorer.models.strangers.hub.store import Stored
from explorer.training import curves, dial_curves, three_tasks
from explorer.training import miniature as trained
from explorer.training.bands import Band
from explorer.training.compared import Compared
from explorer.training.dials import NAMES, Dials
from explorer.training.process import Point
from explorer.training.setting import TrainingSetting
from tests.architectures import tiny_model

LONG = " ".join(
    [
        "the",
        "river",
        "rose",
        "by",
        "night",
        "and",
        "an",
        "old",
        "bridge",
        "fell",
        "while",
        "people",
        "slept",
        "under",
        "their",
        "roofs",
        ".",
    ]
    * 34
)[:2900]
TEXTS: dict[str, tuple[str, str | None]] = {
    "short": ("The animal didn't cross the street because it was too tired.", None),
    "one word": ("hi", None),
    "pair": ("The cat sat on the mat.", "It slept there all afternoon."),
    "long": (LONG, None),
    "Chinese": ("我昨天在河边的银行取了钱。", None),
    "odd": ("<b>F*** -- \u202e{x}</b> 🙂🙂 ﷺ =1+1 %s", None),
}
# The long text only where a run of it is cheap.
BIG = {"minilm": ("short", "pair", "odd"), "minilm-random": ("short", "one word"), "gpt2-random": ("Chinese", "pair")}
SMALL = ("toy-bert", "tiny-bert", "tiny-llama", "tiny-t5")
SCENES = [(model, text) for model, texts in BIG.items() for text in texts] + [
    (model, text) for model in SMALL for text in TEXTS if (model, text) != ("tiny-t5", "long")
]  # two stacks with 512 tokens cost as much as four other scenes, and their readings are those of the pair


@cache
def handle_of(name: str):
    return tiny_model(name.removeprefix("tiny-")) if name.startswith("tiny-") else load(OFFERS[name])


@cache
def strange(name: str):
    return unrelated_texts.strangers(handle_of(name))


def infos(model: str, text: str) -> Iterator[object]:
    """All Infos of one model and text. A part that a model does not have is left out where the pages leave it out."""
    handle, pair = handle_of(model), TEXTS[text]
    scene = Scene(handle, *pair)
    encoded, n, dims = scene.encoded, scene.encoded.n_tokens, handle.dims
    token, layer, head = min(n - 1, 5), min(1, dims.n_layers - 1), dims.n_heads - 1

    for at, one in ((0, 2 % dims.n_heads), (layer, head)):
        matrix = heads.head_matrix(scene, at, one)
        yield from (matrix, heads.head_matrix(scene, 0, None), heads.head_matrix(scene, None, None))
        yield from (heads.merged(matrix, encoded), heads.without_special(matrix))
        yield from (heads.query_row(matrix, row) for row in {0, token, n - 1})
        if encoded.sentence_b is not None and not matrix.other_text:
            yield from (heads.between(matrix, "A", "B"), heads.between(matrix, "B", "A"))
    yield from looks(scene, token, layer, head)
    yield from vectors(scene, model, token)
    yield from scaled(scene, model, layer, head)
    bert = handle.config.model_type == "bert"
    yield from compared(scene)
    if bert:
        found = rank_collapse.rank_paths(scene)
        yield from (replace(found, chosen=kept) for kept in COMBINATIONS)
    yield from questions(scene, model)
    if bert and model not in BIG:
        yield from pretraining(scene)
    if not encoded.special[token] and handle.config.model_type != "t5":
        for word in ("wide", encoded.tokens[token]):
            yield word_change.word_change(scene, token, word)


def looks(scene, token, layer, head) -> Iterator[object]:
    """Heads, masks, and what is lost without them."""
    encoded, n = scene.encoded, scene.encoded.n_tokens
    yield from (patterns.measures(scene), patterns.patterns(scene))
    yield rollout.rollout(scene, layer, True)
    yield rollout.rollout(scene, layer, False)
    for place in {0, token, n - 1}:
        yield journey.journey(scene, layer, place, head)
        for key in {max(place - 1, 0), min(place + 1, n - 1)}:
            yield steps.head_chain(scene, layer, head, place, key)
    yield both_directions.both_directions(scene, layer, head)
    for family in who_sees_whom.FAMILIES:
        for row in (0, 2, 99):
            yield who_sees_whom.masks(encoded, family).at(row)
    yield ablation.ablation(scene, ())
    yield ablation.ablation(scene, ((0, 0), (layer, head)))
    if n <= 20:
        change = ablation.removals(scene)
        yield from (ablation.Removals(change, ((layer, head),), now) for now in (float(change[layer, head]), 1.0))
    yield sink.sink(scene)
    yield from (sink.sink_head(scene, at, one) for at, one in ((0, 0), (layer, head)))
    yield from filter(None, (sink.closed(scene, place) for place in {token, n - 1}))


def vectors(scene, model, token) -> Iterator[object]:
    """Pieces, embeddings, positions, and where vectors lie."""
    handle, seen = scene.handle, scene.capture()
    encoded, dims, pair = seen.encoded, handle.dims, (seen.encoded.text, seen.encoded.pair)
    bert = handle.config.model_type == "bert"
    yield tokens.pieces_of(handle, encoded)
    if tokens.searches(handle.tokenizer):
        yield from tokens.traces(handle.tokenizer, (pair[0] + " " + "x" * 120)[-160:])
    yield tokens.found_in(handle.tokenizer, "an")
    yield tokens.two_tokenizers(handle, SECOND["cased"](handle.tokenizer, []), "cased", *pair)
    if bert or handle.config.model_type in ("roberta", "gpt2"):
        for place in {0, token}:
            yield sum.token_sum(scene, place)
        yield from (sum.part_norms(scene), sum.one_hot(scene), small_one_hots.small_one_hots(token % 4, 0, 1))
        yield apart.taken_apart(scene, apart.directions(scene))
    if seen.embedding is not None and bert:
        yield sum.normalised(scene, token)
    yield neighbours.paths(scene, token)
    yield neighbours.neighbours(handle, int(encoded.ids[0, token]) % dims.n_vocab)
    if any(not s for s in encoded.special):
        piece = next(at for at, special in enumerate(encoded.special) if not special)
        other = scene.under(Variant(ablated=((0, 0),)))
        yield neighbours.two_contexts(scene, other, encoded.tokens[piece], (piece, piece))
    if model in ("minilm", "toy-bert", "gpt2-random"):
        yield positions.tables(handle)
        yield positions.wave(handle, 3, 5)
        yield positions.shuffle(scene, 1)
        yield positions.swapped(scene, ("none", "scaled", "sinusoidal"))


def ruled(scene, layer, head) -> Iterator[object]:
    """What else is done to the score."""
    ways = which_d.which_d(scene, layer, head)
    yield ways
    for rule in ("own", "none", "over_d", "norm_one", "shift", "sink", "sigmoid"):
        yield after_sqrt_d.after_sqrt_d(scene, layer, head, rule)
        yield after_sqrt_d.over_length(scene, layer, head, rule)
    yield after_sqrt_d.why_one(scene, layer, head)
    if scene.handle.sites.order == "rotary" and scene.encoded.n_tokens <= 64:
        gemma = Scene(load(FAMILIES["gemma3_text-random"]), scene.encoded.text)
        yield from (after_sqrt_d.scale_in_gain(gemma), precision.scale_first(gemma, 0, 0))
    yield from (which_d.riddle(ways, case, answer) for case in range(3) for answer in ("open", "a", "b", "c"))


def rounded(scene, layer, head) -> Iterator[object]:
    """What number formats do to a head."""
    for order in precision.ORDERS:
        yield from (precision.formats(scene, layer, head, order, growth) for growth in ("own", "twice"))
    yield from (precision.scale_first(scene, layer, head), precision.over_growth(scene, layer, head))
    yield from (precision.precision_map(scene, name) for name in ("float16", "int8"))
    yield from (online_softmax.online_softmax(scene, layer, head, 0, 4, step) for step in (0, 1, 2, 999))


def scaled(scene, model, layer, head) -> Iterator[object]:
    """What the factor does; T5 has none."""
    handle, dims = scene.handle, scene.handle.dims
    if scene.encoded.n_tokens <= 64:
        yield from rounded(scene, layer, head)
    if handle.config.model_type == "t5":
        return
    for factor in (facts_of(handle).factors[layer], 1.0, 1 / dims.d_head):
        yield scaling.head_both_ways(scene, layer, head, factor)
    yield from ruled(scene, layer, head)
    found = saturation.saturation_map(scene)
    yield from (replace(found, measure=name) for name in MEASURES)
    yield score_variance.score_variance(scene)
    vocabulary = list(named(handle, range(dims.n_vocab)))
    changes = [
        whole_network.network_change(scene, factor, tuple(range(dims.n_layers)), vocabulary, strange(model).mean)
        for factor in (1 / dims.d_head, dims.d_head**-0.5, 1.0)
    ]
    yield from changes
    if changes:
        yield from (whole_network.factor_curve(changes, own) for own in (dims.d_head**-0.5, None))
    if scene.encoded.n_tokens <= 64:
        yield gradients.gradient_norms(scene)


def compared(a) -> Iterator[object]:
    b, seen = a.under(Variant(temperature=3.0)), a.capture()
    yield from (compare.measure_maps(a, b, "entropy"), compare.pattern_maps(a, b, "same"))
    yield from (compare.heads_moved(a, a), compare.heads_moved(a, b))
    yield compare.two_heads(a, b, (0, 0), (0, 0))
    yield compare.two_heads(a, a, (0, 0), (0, 0))
    if seen.encoded.n_tokens >= compare.FEWEST_ROWS:
        yield from (compare.layers_alike(a, b, flag) for flag in (True, False))
        states = tuple(torch.randn(s.shape, generator=torch.Generator().manual_seed(5)) for s in seen.hidden)
        yield compare.layers_alike(a, Scene.of(a.handle, replace(seen, hidden=states)))


def questions(scene, model) -> Iterator[object]:
    handle, text, n = scene.handle, scene.encoded.text, scene.encoded.n_tokens
    yield from (lookup_tables.rows(scene), unscaled_example.unscaled_example(handle.dims.d_head))
    yield from (beyond.Beyond(512, 513, "IndexError", "index out of range in self"), beyond.Beyond(8, 9, "", ""))
    if handle.sites.order == "table" and handle.config.model_type in ("bert", "gpt2"):
        yield self_weight.self_weight(scene)
        yield reshape.reshape(scene, 0, handle.dims.n_heads)
        yield reshape.reshape(scene, 0, 1)
    if all(layer.attn_out is not None and layer.ffn_out is not None for layer in scene.layers()):
        yield block_sizes.block_sizes(scene)
    yield cls_token.cls_token(scene)  # a token stands for the text in each of these models
    yield softmax_shift.shifted(scene, 0, 0)
    if handle.config.model_type == "bert" and n < 64:
        yield from (nonlinear.nonlinear(scene), additive.additive(scene, 0, 0, n - 1))
        yield mask_rates.mask_rates(scene)
        read = document(handle, text)
        parts = windows.windows(read, *windows_rejoined.small_windows(len(read.ids), read.n_special))
        vectors = torch.cat(list(window_vectors(handle, read, parts.spans))).numpy()
        whole = run(handle, text).hidden[-1][0].mean(0).numpy()
        yield windows_rejoined.rejoined(parts, vectors, whole, strange(model).mean)
        yield parts
        yield windows.ranking(parts, vectors, "?", whole, 0.05)
        chosen = tuple(range(len(parts.spans)))[:3]
        states = [window_states(handle, read, parts.spans[at]).numpy() for at in chosen]
        yield windows.normalised(parts, chosen, states, whole, 0.05)
        body = parameters.counted(handle.model)
        yield lookup_tables.shared(scene, body)


CHANGES = (
    ("unscaled", Variant(scale="none")),
    ("positions", "none"),
    ("head", Variant(ablated=((0, 0),))),
    ("ffn", Variant(without_ffn="all")),
)


def pretraining(scene) -> Iterator[object]:
    handle, encoded = scene.handle, scene.encoded
    hidden = [at for at, may in enumerate(masking.maskable(handle, encoded).tolist()) if may][:40]
    for places in ([], hidden[:1], hidden[:4]):
        if places:
            there = Scene(handle, masking.hide(handle, encoded, places))
            yield predictions.predictions(scene, there, places)
            yield predictions.lens(scene, there, places[0])
            yield seen_itself.seen_itself(scene, there, places[0])
            for count in (1, 4):
                yield changed_guess.changed_guess(scene, tuple(places), places[0], CHANGES[:count])
        else:
            yield predictions.Predictions((), 9)
    typed = Scene(handle, "[MASK] slept")
    yield predictions.predictions(typed, typed, [1])
    for recipe in (masking.Recipe(), masking.Recipe(0.0), masking.Recipe(1.0, 1.0, 0.0), masking.Recipe(0.9)):
        yield masking.masked(scene, recipe, 2)
    yield from (untying.untying(scene, count) for count in (0, 2)) if hidden and len(hidden) < 60 else ()
    if encoded.pair:
        yield next_sentence.pooled_path(scene)
        yield next_sentence.segments(scene)
        yield from filter(None, [two_losses.two_losses(scene)])
        yield next_sentence.orders(handle, ["a cat", "it sleeps", "the dog"])


def named_in_articles() -> Iterator[object]:
    """Stored trainings, also with other results, and shares by vector."""
    stacks = stacks_compared.stored()
    yield from (stacks, replace(stacks, nats=stacks.nats[..., ::-1]))
    yield replace(stacks, nats=np.tile(np.arange(2.0), (2, 3, 2)), right=stacks.right[:2])
    yield replace(stacks, nats=np.arange(24.0).reshape(2, 3, 4) % 5, right=stacks.right[:2])
    shares = {name: np.array([0.5, 0.75]) for name in ("cls", "pooler", "mean", "max", "word")}
    yield classifier_input.ClassifierInput(shares, 0.25, 8, 4, 2)
    yield classifier_input.ClassifierInput({name: shares[name] for name in ("mean", "word")}, 0.25, 8, 4, 2)


def alone() -> Iterator[object]:
    """What needs no text, or texts of its own."""
    counted = {name: parameters.parameters(PRESETS[name].fields) for name in ("bert-base", "distilbert", "albert-base")}
    yield from counted.values()
    tied_model = parameters.parameters(PRESETS["bert-base"].fields, "pretraining")
    yield from (tied_model, tied.ties(tied_model), tied.ties(counted["bert-base"]))
    thin = parameters.parameters(PRESETS["bert-base"].fields, without_ffn=12)
    base = counted["bert-base"]
    for other in (counted["distilbert"], counted["albert-base"], thin, base):
        yield contrast.Contrast((base, other), ("one", "other"))
    yield contrast.Contrast((base, counted["distilbert"], counted["albert-base"]), ("one", "two", "three"))
    large = PRESETS["bert-large"]
    both = parameters.parameters(large.fields, "pretraining")
    yield lookup_tables.large(parameters.parameters(large.fields), both, "340M", *TEXTS["short"])
    shape = cost.shape(handle_of("minilm").config)
    yield from (cost.cost(handle_of("minilm").config, "x", n) for n in (16, 512, 1024))
    timings = [Timing(16, 0.01, 3), Timing(64, 0.03, 3), Timing(512, 0.4, 1)]
    yield from (measured_time.measured(shape, timings), measured_time.measured(shape, timings[:1]))
    yield from (window_cost.window_cost(shape, 12_261, 384, step, 2) for step in (128, 1, 382))
    yield segment_memory.reach()
    for vector in ([1.0], [5, 5, 5], [9, 9, 1], [0, 0, 1], [0, 0, 100], [-3, 2, 2.5]):
        yield softmax.microscope(vector)
    yield softmax.example_curve(1)
    yield from (drawn_vectors.synthetic_sweep(d, 16, 64) for d in (1, 64))
    yield masking.shares(masking.Recipe(), 1000, 0)
    yield from (
        *map(trained.stored, trained.RATES),
        *(without_ffn.Alike(trained.stored(rate)) for rate in trained.RATES),
    )
    yield from named_in_articles()
    yield from mixed_up()
    yield from listed()
    yield from taken_out()
    yield from probed()
    stored = Stored("a/b", "0" * 40, "none", "bert", 5_000_000, "mit", {"model.safetensors": (20_000_000, "")})
    yield from (curated_list.shelf(()), curated_list.shelf((stored,)))
    yield from (knowledge.knowledge(handle_of("mini-bert"), kind) for kind in knowledge.kinds())
    toy = handle_of("toy-bert")
    names = named(toy, range(toy.dims.n_vocab))
    yield from (one for one in own_argmax.own_rows(toy.words.detach(), names) if one is not None)
    yield from (one for one in own_argmax.own_rows(torch.eye(9) * torch.arange(1, 10)) if one is not None)
    shadowed = torch.tensor([[1.0, 0.0], [3.0, 0.1], [0.0, 2.0]])  # the second row lies before the first
    yield from (one for one in own_argmax.own_rows(shadowed) if one is not None)
    yield from trainings()
    row = answers.Row("√d", 2, "How many?", "3", "4", False, "1", "hi", "/heads")
    yield from (answers.Answers(()), answers.Answers((row, replace(row, right=True), replace(row, right=None))))
    yield from lent_texts()
    line = summary.Line(1, "Ada", "√d", 2, "How many?", "3", True)
    asked = replace(line, stop=0, question="Why?", right=None)
    others = replace(line, number=2, right=False), replace(line, stop=3, right=None)
    yield from (summary.Summary(3, ()), summary.Summary(3, (asked,)), summary.Summary(3, (line, *others, asked)))


def lent_texts() -> Iterator[object]:
    texts = {(1, "a"): "The cat sat.", (2, "b"): "Dogs bark at the moon because they are bored.", (3, "c"): " "}
    found = list(class_texts.measured(handle_of("mini-bert"), texts, 1, 2))
    rows = tuple(class_texts.Row(f"Ada {one.about[0]}", texts[one.about], one) for one in found)
    yield class_texts.ClassTexts((), 1, 2)
    for measure in class_texts.NAMES:
        for everywhere in (False, True):
            yield class_texts.ClassTexts(rows, 1, 2, measure, everywhere)
            yield class_texts.ClassTexts(rows[:1], 1, 2, measure, everywhere)


def mixed_up() -> Iterator[object]:
    data = LabelledTexts(tuple("abcdefgh"), ("x", "x", "x", "y", "y", "y", "z", "z"))
    parts = Split(np.array([0, 1, 3, 4, 6]), np.array([2, 5, 7]), 0)
    right = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.2, 0.7]])
    all_right = task_head.Outcome(data, parts, right, 9)
    one_wrong = task_head.Outcome(data, parts, right[[0, 0, 2]], 9)
    yield from (all_right, one_wrong, task_head.Outcome(data, parts, right[[1, 0, 2]], 9))
    for done in ({"frozen": None, "tuned": None}, {"frozen": one_wrong, "tuned": None},
                 {"frozen": one_wrong, "tuned": all_right}):  # fmt: skip
        yield task_head.Comparison(data, parts, 1 / 3, done)
    yield from (task_head.road(handle_of("minilm"), 14, 2, head) for head in ("text", "token", "span"))
    yield from tasks()


def tasks() -> Iterator[object]:
    """The stored results of the three tasks, what they say before and behind them, and answers of each kind."""
    for task in task_texts.TASKS:
        found = three_tasks.stored(ModelSpec(), task, three_tasks.RECIPES[task])
        assert found is not None, "make tasks"
        info = found[0]
        yield from (info, replace(info, counts={}))
        yield replace(info, counts={way: rows for way, rows in info.counts.items() if way != "tuned"})
        yield replace(info, counts=info.counts | {"tuned": info.counts["tuned"] * [0, 1, 1]})
    handle = handle_of("minilm")
    encoded = encode(handle, "Who felled it?", "Ada planted the tree. Emil felled it.")
    for none in (-9.0, 9.0):
        logits = np.random.default_rng(0).normal(size=(encoded.n_tokens, 2))
        logits[0] = none
        yield answer.Answer(encoded, logits)
    alone = encode(handle, "Who felled it?")
    yield answer.Answer(alone, np.zeros((alone.n_tokens, 2)))


def listed() -> Iterator[object]:
    text = "It rains.\nTake an umbrella.\n\nA bank account.\nThe loan was paid.\n\nhi"
    for model in ("minilm", "tiny-bert", "tiny-llama"):
        for groups in (sentences.sentence_list(text), sentences.sentence_list("It rains.\nhi")):
            vectors = pooling.sentence_vectors(handle_of(model), groups.sentences)
            yield from (sentences.similarities(vectors, groups, depth) for depth in (0, vectors.depths - 1))
            for chosen in (0, len(groups.sentences) - 1):
                yield sentences.ranking(vectors, groups, vectors.depths - 1, chosen)
            if groups.scored:
                yield from (sentences.by_depth(vectors, groups, name) for name in sentences.MEASURES)
            yield sentences.sentence_map(vectors, groups, 1, "mean")


PAIRS = [
    ("The cat sat on a mat.", "It slept there."), ("Dogs bark at the moon.", "The end."),
    ("A storm came.", "It rained."),
    ("She read the map.", "A star led her."), ("The judge spoke.", "Nobody heard the man."),
    ("We ate.", "It was late."),
    ("The train was late again.", "So the children played."), ("A clock ticks.", "The books are better than a clock."),
]  # fmt: skip


def taken_out() -> Iterator[object]:
    handle = handle_of("tiny-bert")
    own = removal.states(handle, PAIRS)
    found = []
    for blocks in ((0,), (1,), (2,), (0, 1, 2)):
        changed = removal.states(handle, PAIRS, Variant(without_ffn=blocks, ffn_mode="skip"))
        found.append(removal.likeness(own, changed, blocks))
        for label in ("previous", "side"):
            yield removal.Removal(found[-1], label, removal.scores(own, label), removal.scores(changed, label))
    yield removal.Sweep(tuple(found))
    # A probe that reads as well as before what CKA no longer knows, and one that reads the most frequent label alone.
    probes = removal.scores(own, "side")
    faded = replace(found[-1], cka=np.full_like(found[-1].cka, 0.1))
    for accuracy in (0.9, 0.5):
        yield removal.Removal(faded, "side", *2 * (tuple(replace(p, accuracy=accuracy, majority=0.5) for p in probes),))


def probed() -> Iterator[object]:
    handle = handle_of("tiny-bert")
    read = token_task.read(handle, PAIRS)
    labels = [token_labels.punctuation(one) for one in read[0]]
    found = token_task.tokens(read, labels)
    yield token_task.token_scores(found, "punctuation", 1, 2)
    probe, classes = token_task.fitted(found, 1, 2)
    yield token_task.marked(read[0][0], read[1][0][2], labels[0], probe, classes)


def trainings() -> Iterator[object]:
    a, b = TrainingSetting(seed=77, steps=200), TrainingSetting(seed=78, steps=200)

    def flat(loss: float) -> tuple[Point, ...]:
        return tuple(Point(step, loss if step > 100 else 9.0, step / 10) for step in range(10, 201, 10))

    for first, second in ((1.0, 1.6), (1.6, 1.0), (1.0, 1.2)):
        yield curves.two_trainings((a, b), (flat(first), flat(second)), over=True)
    yield curves.two_trainings((a, b), (flat(1.0), flat(2.0)), over=False)
    yield curves.two_trainings((a, a), (flat(1.0), flat(1.0)), over=True)
    yield curves.two_trainings((a, b), ((), ()), over=False)
    known = TrainingSetting(), replace(TrainingSetting(), scale="none")
    yield curves.two_trainings(known, ((), ()), over=False)
    yield from asked_differently()
    yield from instruments()
    sweep = curves.rate_sweep(TrainingSetting())
    assert sweep is not None
    yield sweep


def asked_differently() -> Iterator[object]:
    """Two masking rates: stored seeds, a training before and after its first test, settings that nobody trained."""
    a, b = replace(TrainingSetting(), rate=0.15), replace(TrainingSetting(), rate=0.4)
    tested = tuple(Point(100, 2.0, 1.0, exam=exam) for exam in (1.7, 1.5))
    yield curves.two_trainings((a, b), ((), ()), over=False)
    yield curves.two_trainings((a, b), ((Point(10, 2.0, 1.0),), ()), over=False)
    yield curves.two_trainings((a, b), ((tested[0],), (tested[1],)), over=True)
    yield curves.two_trainings((replace(a, steps=300), b), ((), ()), over=False)


def instruments() -> Iterator[object]:
    """Gradients of B above, below and among those of A, before a training and in one."""
    pair = TrainingSetting(), replace(TrainingSetting(), scale="none")
    yield dial_curves.dial_curves(pair, ((), ()), 1)
    read = tuple(
        Point(10, 2.0, 1.0, dials=Dials(*((size,) for size in (s, 2 * s, s, 0.4, 9.0, 0.2)))) for s in (0.3, 2.0)
    )
    yield dial_curves.dial_curves((replace(pair[0], layers=1), pair[1]), ((read[0],), ()), 0)
    yield dial_curves.dial_curves((replace(pair[0], steps=50), replace(pair[1], steps=50)), ((), ()), 0)
    for times in (1.0, 9.0, 0.1):
        seeds = [seed * np.array([0.2, 0.3]) for seed in (1, 2, 3)]
        found = [
            {
                name: Band(np.array([40, 80]), *((size if name[:2] == "w_" else 1) * seed for seed in seeds), 5)
                for name in NAMES
            }
            for size in (1.0, times)
        ]
        a, b = (dial_curves.DialCurve(pair[0], np.array([]), {}, bands) for bands in found)
        yield dial_curves.DialCurves(a, b, 0)
    ranks = ((1.0, 1.1), (1.2, 1.4), (1.25, 1.38))
    yield Compared("rules", ("sqrt_d", "none", "cap"), (0, 1), ranks)
    yield Compared("sight", (False, True), (0, 1), ranks[:2])
    yield Compared("rates", (0.4, 0.15, 0.05), (0, 1), ranks)
    yield Compared("rates", (0.15, 0.4, 0.8), (0, 1), ranks)
