"""Everything that is drawn, by the name of the function that draws it: computed on small models, and made by hand."""

import inspect
import pkgutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import get_type_hints

import numpy as np
import torch

import explorer.figures
from explorer import Scene, Variant
from explorer.analysis.attention import sink
from explorer.analysis.input import apart, neighbours, positions, sum
from explorer.analysis.measures import MEASURES
from explorer.analysis.models import stacks_compared
from explorer.analysis.pretraining import masked, next_sentence, own_argmax, untying
from explorer.analysis.probing import Split
from explorer.analysis.questions import (
    additive,
    block_sizes,
    cls_token,
    lookup_tables,
    nonlinear,
    self_weight,
    softmax_shift,
)
from explorer.analysis.scaling import (
    after_sqrt_d,
    drawn_vectors,
    gradients,
    online_softmax,
    precision,
    saturation,
    score_variance,
    softmax,
    which_d,
    whole_network,
)
from explorer.analysis.structure import contrast, cost, measured_time, parameters, rank_collapse, removal, reshape
from explorer.analysis.structure import without_ffn as small_models
from explorer.analysis.use import (
    answer,
    classifier_input,
    segment_memory,
    sentences,
    task_head,
    token_labels,
    token_task,
    trained_task,
    window_cost,
    windows,
)
from explorer.analysis.use.labelled_texts import LabelledTexts
from explorer.analysis.use.task_texts import Example
from explorer.analysis.use.trained_task import WAYS
from explorer.capture.changes.rank import ALL_KEPT, ATTENTION_ALONE
from explorer.capture.timing import Timing
from explorer.figures import Figure
from explorer.figures.theme import Palette
from explorer.i18n import Translator
from explorer.models.encode import encode
from explorer.models.presets import PRESETS
from explorer.training import miniature
from tests.analysis.readings.infos import PAIRS, handle_of, listed, mixed_up, trainings

Draw = Callable[..., Figure | dict[str, Figure]]

# Read by a browser as markup, or by Plotly as its own; every token of a picture may be one of these.
NASTY = ("<b>bold</b>", "<script>alert(1)</script>", "&lt;", "%{y}", "<i>", "$x$")
TEXTS = {
    "sentence": ("the animal didn't cross the street", None),
    "one token": ("a", None),
    "pair": ("the cat sat on the mat .", "it slept <b>there</b>"),
}


@cache
def functions() -> dict[str, Draw]:
    """Every public function of the rooms of `explorer.figures` that returns a picture, or several by name."""
    found: dict[str, Draw] = {}
    for module in pkgutil.walk_packages(explorer.figures.__path__, "explorer.figures."):
        for name, one in vars(import_module(module.name)).items():
            public = inspect.isfunction(one) and not name.startswith("_") and one.__module__ == module.name
            room = module.name.removeprefix("explorer.figures.")
            if public and "." in room and "Figure" in str(get_type_hints(one).get("return")):
                found[f"{room}.{name}"] = one
    return found


@cache
def pictured() -> dict[type, list[object]]:
    """All Infos by their class."""
    found: dict[type, list[object]] = defaultdict(list)
    for info in (*computed(), *alone(), *by_hand()):
        found[type(info)].append(info)
    return found


def pictures(name: str, t: Translator, palette: Palette) -> Iterator[dict[str, Figure]]:
    """What the function draws from each of its cases; one picture is a set of one."""
    draw = functions()[name]
    for arguments in cases(name):
        drawn = draw(*arguments, t=t, palette=palette)
        yield drawn if isinstance(drawn, dict) else {name: drawn}


def cases(name: str) -> Iterator[tuple[object, ...]]:
    """Arguments before the translator: an Info, and where the function takes more, all that it takes."""
    if name == "use.task_head.chances":
        yield ("<b>yes</b>", "no", "perhaps"), {"frozen": np.array([0.2, 0.7, 0.1]), "tuned": np.array([0.0, 1.0, 0.0])}
        return
    first = next(iter(get_type_hints(functions()[name]).values()))
    for info in pictured()[first]:
        yield from ((info, *more) for more in MORE.get(name, lambda info: [()])(info))


MORE: dict[str, Callable[..., list[tuple[object, ...]]]] = {
    "pretraining.training_lab.losses": lambda info: [(("A", "B (none)"),)],
    "scaling.saturation.sweep": lambda info: [(name,) for name in MEASURES],
    "structure.removal.sweep": lambda info: [(info.removals[0].removed,), ((99,),)],
    "structure.without_ffn.curves": lambda info: [({},), ({"full": []},), ({"without": [(20, 3.1), (40, 2.0)]},)],
    "structure.without_ffn.likeness": lambda info: [({},), ({"without": info.of.of("without")[0]},)],
    "structure.without_ffn.probes": lambda info: [({},), ({"full": info.of.of("full")[0]},)],
    "use.sentences.depth_lines": lambda info: [(0,), (1,)],
    "use.trained_task.passes": lambda info: [([], 3), ([(0, 0.1), (1, 0.4)], 20)],
    "use.task_head.curve": lambda info: [([], 4), ([(1, 0.4), (2, 0.8)], 20)],
}


def computed() -> Iterator[object]:
    """What the pages compute from a text, on a small random BERT."""
    handle = handle_of("tiny-bert")
    for text in TEXTS.values():
        scene = Scene(handle, *text)
        yield from of_input(scene)
        yield from of_scaling(scene)
        yield from of_questions(scene)
        yield from (sink.sink(scene), sink.sink_head(scene, 1, 2))
        yield from filter(None, [sink.closed(scene, scene.encoded.n_tokens - 1)])
    pair = Scene(handle, *TEXTS["pair"])
    yield from (next_sentence.pooled_path(pair), next_sentence.segments(pair))
    yield next_sentence.orders(handle, ["a cat", "it <b>sleeps</b> every day on its mat in the sun", "the dog"])
    yield from (untying.untying(pair, count) for count in (0, 2))
    own = removal.states(handle, PAIRS)
    found = [
        removal.likeness(own, removal.states(handle, PAIRS, Variant(without_ffn=at, ffn_mode="skip")), at)
        for at in ((0,), (0, 1, 2))
    ]
    scores = removal.scores(own, "side")
    yield from (*(removal.Removal(one, "side", scores, scores) for one in found), removal.Sweep(tuple(found)))
    read = token_task.read(handle, PAIRS)
    yield token_task.token_scores(
        token_task.tokens(read, [token_labels.punctuation(one) for one in read[0]]), "punctuation", 1, 2
    )


def of_input(scene) -> Iterator[object]:
    handle, encoded = scene.handle, scene.encoded
    for place in {0, encoded.n_tokens - 1}:
        yield from (sum.token_sum(scene, place), sum.normalised(scene, place), neighbours.paths(scene, place))
        yield neighbours.neighbours(handle, int(encoded.ids[0, place]))
    yield from (sum.part_norms(scene), apart.taken_apart(scene, apart.directions(scene)))
    yield neighbours.two_contexts(scene, Scene(handle, encoded.text, variant=Variant(scale="none")), "<b>", (1, 1))
    yield positions.tables(handle)
    yield from (positions.wave(handle, place, 5) for place in (0, 3))
    yield from (positions.shuffle(scene, 1), positions.swapped(scene, ("none", "scaled", "sinusoidal")))
    found = rank_collapse.rank_paths(scene)
    yield from (replace(found, chosen=kept) for kept in (ALL_KEPT, ATTENTION_ALONE))


def of_scaling(scene) -> Iterator[object]:
    handle, own = scene.handle, scene.handle.dims.d_head**-0.5
    found = saturation.saturation_map(scene)
    yield from (replace(found, measure=name) for name in (MEASURES if scene.encoded.pair else ("entropy",)))
    yield saturation.saturation_map(scene, "end-to-end")
    yield score_variance.score_variance(scene)
    names = [handle.tokenizer.id_to_token(at) or "#" for at in range(handle.dims.n_vocab)]
    changes = [whole_network.network_change(scene, factor, (0, 1, 2), names, 0.5) for factor in (own / 9, own, 1.0)]
    yield from changes
    yield from (whole_network.factor_curve(changes, marked) for marked in (own, None))
    yield gradients.gradient_norms(scene)
    yield which_d.which_d(scene, 1, 2)
    for rule in ("own", "norm_one", "sigmoid"):
        yield after_sqrt_d.after_sqrt_d(scene, 1, 2, rule)
        yield after_sqrt_d.over_length(scene, 1, 2, rule)
    yield from (precision.formats(scene, 1, 2, "after", growth) for growth in ("own", "twice"))
    yield from (precision.over_growth(scene, 1, 2), precision.precision_map(scene, "int8"))
    yield online_softmax.online_softmax(scene, 1, 2, 0, 4, 0)


def of_questions(scene) -> Iterator[object]:
    yield self_weight.self_weight(scene)
    yield from (reshape.reshape(scene, 0, heads) for heads in (scene.handle.dims.n_heads, 1))
    yield from (lookup_tables.rows(scene), block_sizes.block_sizes(scene), cls_token.cls_token(scene))
    yield from (softmax_shift.shifted(scene, 0, 0), nonlinear.nonlinear(scene))
    yield additive.additive(scene, 0, 0, scene.encoded.n_tokens - 1)


def alone() -> Iterator[object]:
    """What needs no text, or texts of its own."""
    small = parameters.parameters(PRESETS["distilbert"].fields)
    yield small
    base = parameters.parameters(PRESETS["bert-base"].fields)
    yield contrast.Contrast((small, base), ("<b>one</b>", "another " * 9))
    yield contrast.Contrast((small, base, small, base), ("<b>one</b>", "another " * 9, "three", "four"))
    config = handle_of("toy-bert").config
    yield from (cost.cost(config, "x", n) for n in (16, 512))
    timings = [Timing(16, 0.01, 3), Timing(64, 0.03, 3), Timing(512, 0.4, 1)]
    yield from (measured_time.measured(cost.shape(config), timings[:n]) for n in (0, 1, 3))
    yield from (window_cost.window_cost(cost.shape(config), 12_261, 384, step, 2) for step in (128, 382))
    yield segment_memory.reach()
    yield from (
        softmax.microscope(vector) for vector in ([1.0], [5, 5, 5], [0, 0, 100], [-3, 2, 2.5, *range(9)], [999])
    )
    yield softmax.example_curve(1)
    yield from (drawn_vectors.synthetic_sweep(d, 16, 64) for d in (1, 64))
    yield from (
        masked.shares(recipe, 1000, 0) for recipe in (masked.Recipe(), masked.Recipe(0.0), masked.Recipe(1.0, 1.0, 0.0))
    )
    yield stacks_compared.stored()
    for rate in miniature.RATES:
        yield from (found := miniature.stored(rate), small_models.Alike(found))
    yield from (*mixed_up(), *listed(), *trainings())


def by_hand() -> Iterator[object]:
    """What no small model gives: tokens that are markup, numbers that are none, long lists, nothing at all."""
    n, rng = len(NASTY), np.random.default_rng(7)
    bars = rng.uniform(-1, 1, n).astype(np.float32)
    yield neighbours.Neighbours(NASTY[0], NASTY, tuple(range(n)), bars)
    yield neighbours.Paths(NASTY, rng.normal(size=(4, n, 2)).astype(np.float32), 0.5, 1, bars)
    yield neighbours.Paths(NASTY[:1], np.zeros((2, 1, 2), np.float32), 0.0, 0, bars[:1])
    yield neighbours.TwoContexts(NASTY[1], np.ones(4, np.float32), np.full(4, np.nan, np.float32))
    yield positions.Shuffle(NASTY, tuple(range(n)), bars, -bars, 1.0, 0.0)
    yield positions.Swapped(NASTY, dict.fromkeys(("none", "scaled", "sinusoidal"), bars))
    yield sum.PartNorms(NASTY, {name: abs(bars) for name in sum.PARTS}, dict.fromkeys(sum.PARTS, 1 / 3), None)
    yield sum.TokenSum(NASTY[0], 0, bars, None, None, bars, None)
    yield sum.Normalised(NASTY[0], bars, bars, bars)
    yield cls_token.ClsToken(NASTY, np.full(n, 1 / n, np.float32), None, 1 / n)
    yield softmax_shift.Shifted(NASTY, 0, *3 * (np.full(n, 1 / n, np.float32),), 0.0)
    states = np.vstack([np.ones(n), rng.uniform(-1, 1, (3, n))]).astype(np.float32)
    yield whole_network.NetworkChange(NASTY, states, states.mean(1), None, 1.0, (0,), ())
    yield whole_network.FactorCurve(np.array([0.1, 1.0, 2.0]), bars[:3], bars[1:4], None, (0,), NASTY[0])
    yield sink.SinkHead(0, 1, 0, NASTY, abs(bars) / abs(bars).sum(), abs(bars), abs(bars) / abs(bars).sum(), 0.5, 2.0)
    yield sink.Closed(0, 1, NASTY, abs(bars), abs(bars) / 2, float("nan"))
    broken = nonlinear.Replaced("linear", float("nan"), float("nan"), float("nan"), float("nan"))
    whole = nonlinear.Replaced("model", 0.0, float("nan"), 3.0, 0.1)
    yield nonlinear.NonLinear((whole, broken))
    table = torch.tensor([[1.0, 0.0], [3.0, 0.1], [0.0, 2.0]])  # the second row lies before the first
    yield from (one for one in own_argmax.own_rows(table, NASTY[:3]) if one is not None)
    yield from (one for one in own_argmax.own_rows(torch.eye(9) * torch.arange(1, 10)) if one is not None)
    yield windows.Normalised(tuple(windows.BestWord(at, word, 0.5, 0.1, 0.2) for at, word in enumerate(NASTY[:3])))
    groups = sentences.SentenceList(NASTY, (0, 0, 1, 1, 2, 2))
    cosine = {name: np.clip(rng.normal(size=(n, n)), -1, 1).astype(np.float32) for name in ("mean", "cls")}
    yield classifier_input.ClassifierInput(
        {name: np.array([0.5, 0.75]) for name in ("cls", "mean", "word")}, 0.25, 8, 4, 2
    )
    yield sentences.Similarities(groups, 0, 1, cosine, None)
    yield sentences.SentenceMap(groups, rng.normal(size=(n, 2)).astype(np.float32), 0.9)
    yield next_sentence.Orders(NASTY, rng.uniform(0, 1, (n, n)).astype(np.float32))
    texts = LabelledTexts(tuple("abcdefgh"), ("<b>x</b>",) * 5 + ("y",) * 3)
    split, guess = (
        Split(np.array([0, 5]), np.array([1, 2, 3, 4, 6, 7]), 0),
        np.array([[0.7, 0.3]] * 3 + [[0.2, 0.8]] * 3),
    )
    yield task_head.Outcome(texts, split, guess, 9)
    sides = ("words", "templates", "written")
    held = tuple(Example(side, "x") for side in sides for _ in range(9))
    drawn = {way: rng.integers(0, 2, (27, 3)) * [1, 0, 0] + [0, 1, 1] for way in WAYS["pair"]}
    yield from (
        trained_task.TaskScores("pair", 0, 9, held, some) for some in ({}, drawn, {"overlap": drawn["overlap"]})
    )
    yield trained_task.TaskScores("span", 0, 9, held, dict.fromkeys(WAYS["span"], drawn["tuned"]))
    yield trained_task.TaskScores("name", 0, 9, held, dict.fromkeys(WAYS["name"], drawn["tuned"]))
    asked = encode(handle_of("tiny-bert"), "<b>who</b>", "<b>it</b> was " + "&amp; " * 9)
    yield answer.Answer(asked, rng.normal(size=(asked.n_tokens, 2)))
    yield answer.Answer(asked, np.zeros((asked.n_tokens, 2)))
    alone = encode(handle_of("tiny-bert"), "who")
    yield answer.Answer(alone, np.zeros((alone.n_tokens, 2)))
    dead = np.zeros((3, 3), np.float32)
    yield gradients.GradientNorms(
        dead, dead, "mlm", 0, (1.0, 1.0), 8, (0.3, 0.3, 0.3), (0.0, 1.0), (0.5, 0.0), dead[:, :2]
    )
    yield gradients.GradientNorms(
        dead + 0.001, dead + 90, "mlm", 0, (1.0, 1.0), 8, (0.3, 0.3, 0.3), (0.0, 0.1), (0.5, 0.4), dead[:, :2]
    )
