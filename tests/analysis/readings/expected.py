"""For every Info what its sentence must say, worked out once more from its table.

Each function gives the key of the message and the facts that the sentence prints. Where a number is in no table it is
taken from a field, and the arithmetic is done another way than in the reading.
"""

import math
from collections import Counter
from collections.abc import Callable
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest

from explorer.training.bands import exams

Said = tuple[str, dict[str, object]]
EXPECTED: dict[str, Callable[..., Said]] = {}
EVEN = 1.5


def of(*names: str):
    """Register a function for Infos, named module.Class."""

    def add(function):
        for name in names:
            EXPECTED[name] = function
        return function

    return add


def most(rows: pd.DataFrame, column: str) -> pd.Series:
    return rows.loc[rows[column].idxmax()]


@of("heads.HeadMatrix")
def head_matrix(info, table):
    rows = []
    # Lists: a number taken from an array is ten times as slow, and there are 512 x 512.
    grid = table["attention probability"].to_numpy().reshape(info.probs.shape).tolist()
    places = sorted({*table["query"], *table["key"]})
    for at, (row, sees) in enumerate(zip(grid, info.visible.tolist(), strict=True)):
        if not any(sees):
            continue
        peak, query = max(row), info.queries.at[at]
        at_peak = [info.keys.at[k] for k in range(len(row)) if row[k] == peak]
        token = [k for k in range(len(row)) if row[k] == peak]
        neighbours = {"self": 0, "previous": -1, "next": 1}
        near = {}
        for name, step in neighbours.items():
            place = places.index(query) + step
            there = places[place] if 0 <= place < len(places) else None
            near[name] = None if there not in info.keys.at else len(at_peak) == 1 and at_peak[0] == there
        rows.append((peak, 1 / sum(sees), token[0] if len(token) == 1 else None, near))
    if not rows:
        return "heads.reading.blind", {}
    full = sum(map(sum, grid)) / len(grid) >= 0.999
    if not info.other_text and all(even == 1 for _, even, *_ in rows):
        return "heads.reading.one", {}
    of_ = "model" if info.layer is None else "layer" if info.head is None else "head"
    facts = {"layer": info.layer, "head": info.head, "even": np.mean([even for _, even, *_ in rows])}
    if full and np.mean([peak / even for peak, even, *_ in rows]) <= EVEN:
        return f"heads.reading.{of_}.even", facts | {"size": np.mean([peak for peak, *_ in rows])}
    drawn = Counter(token for *_, token, _ in rows if token is not None)
    favourite = min(drawn, key=lambda k: (-drawn[k], k)) if drawn else 0
    shares = {"token": (drawn[favourite] / len(rows), [peak for peak, _, token, _ in rows if token == favourite])}
    if full and not info.other_text:
        for name in ("self", "previous", "next"):
            may = [row for row in rows if row[3][name] is not None]
            hits = [peak for peak, *_, near in may if near[name]]
            shares[name] = (len(hits) / max(len(may), 1), hits)
    best = max(share for share, _ in shares.values())
    name = next(name for name, (share, _) in shares.items() if share == best)
    facts |= {"share": best, "size": np.mean(shares[name][1]) if shares[name][1] else 0.0}
    facts |= {"token": info.keys.tokens[favourite]}
    if not full:
        return "heads.reading.part", facts | {"shown": sum(map(sum, grid)) / len(grid)}
    return f"heads.reading.{of_}.{name}", facts


@of("heads.QueryRow")
def query_row(info, table):
    if table.empty:
        return "heads.row.none", {"token": info.token}
    weights = sorted(table["attention probability"].astype(np.float32), reverse=True)
    sums = np.cumsum(np.array(weights, np.float32))
    n = next(at for at, held in enumerate(sums, 1) if held >= 0.9 * sums[-1])
    return "heads.row", {"token": info.token, "n": n, "keys": len(table), "shown": float(sum(weights))}


@of("patterns.HeadScores")
def head_scores(info, table):
    if table[["previous", "next", "self"]].isna().all().all():
        row = most(table, "first")
        return "patterns.reading.cross", {
            "layer": row["layer"], "head": row["head"], "first": row["first"], "even": info.even["first"],
        }  # fmt: skip
    if table["previous"].isna().all():
        return "patterns.reading.one", {}
    facts = {}
    for name in ("previous", "next", "self"):
        row = most(table, name)
        facts |= {f"{name}_layer": row["layer"], f"{name}_head": row["head"], name: row[name]}
        facts[f"{name}_even"] = info.even[name]
    return "patterns.reading" + ("" if table["next"].max() > 0 else ".causal"), facts


@of("rollout.Rollout")
def rollout(info, table):
    drawn = table.groupby("input")["share of the input"].mean()
    own = table[table["state"] == table["input"]]["share of the input"].mean()
    return "rollout.reading", {
        "layer": info.layer, "own": own, "token": info.tokens.tokens[drawn.idxmax()], "share": drawn.max(),
        "even": 1 / len(drawn),
    }  # fmt: skip


@of("journey.Journey")
def journey(info, table):
    row = table[table["tensor"] == f"probs, head {info.head}"].sort_values("value", ascending=False, kind="stable")
    share, target = row["value"].iloc[0], row["index"].iloc[0]
    states = [info.station("embedding").values, *(info.station("hidden", at).values for at in range(info.n_layers))]
    angles = []
    for before, after in pairwise(states):
        a, b = before.astype(float), after.astype(float)
        angles.append(math.degrees(math.acos(min(1, max(-1, a @ b / math.sqrt((a @ a) * (b @ b)))))))
    n = info.n_visible
    facts = {
        "token": info.tokens[info.token], "layer": info.layer, "head": info.head, "share": share, "even": 1 / n,
        "target": info.tokens[target], "turned": int(np.argmax(angles)), "angle": max(angles), "mean": np.mean(angles),
    }  # fmt: skip
    where = "self" if target == info.token else "other"
    if n == 1:
        return "journey.reading.only", facts
    if share > 0.5:
        return f"journey.reading.{where}", facts
    return ("journey.reading.even" if share * n <= EVEN else f"journey.reading.{where}.largest"), facts


@of("steps.HeadChain")
def head_chain(info, table):
    facts = {"query": info.tokens[info.query], "key": info.keys[info.key]}
    values = table[table["name"] == "softmax"].groupby("index")["value"].apply(list)
    score, weight = values[info.key]
    if math.isnan(score):
        return "steps.reading.masked", facts
    visible = sum(not math.isnan(pair[0]) for pair in values)
    return "steps.reading", facts | {"score": score, "weight": weight, "even": 1 / visible}


@of("both_directions.BothDirections")
def both_directions(info, table):
    n = len(info.own.queries.tokens)
    if n == 1:
        return "who_sees_whom.attention.one", {}
    later = table[table["key"] > table["query"]]
    right = later.groupby("query")["attention probability"].sum().sum() / (n - 1)
    facts = {"layer": info.own.layer, "head": info.own.head, "right": right}
    if info.causal is None:
        return "who_sees_whom.attention.already", facts
    own, causal = "attention probability", "attention probability, causal mask"
    gain = (table[causal] - table[own]).clip(lower=0).groupby(table["key"]).sum()
    at = int(gain.idxmax())
    means = table[table["key"] == at][[own, causal]].mean()
    return "who_sees_whom.attention.reading", facts | {
        "token": info.own.keys.tokens[at], "position": at, "part": gain.max() / gain.sum(), "first": means[own],
        "then": means[causal],
    }  # fmt: skip


@of("who_sees_whom.Masks")
def masks(info, table):
    panels = [table[table["mask"] == panel.name] for panel in info.panels]
    sees = [
        rows.groupby("query", sort=False)["visible (0 or 1)"].sum().iloc[min(info.row, rows["query"].nunique() - 1)]
        for rows in panels
    ]
    last, queries = panels[-1], info.panels[-1].queries.tokens
    facts = {f"seen_{at}": n for at, n in enumerate(sees)} | {"token": queries[info.row], "row": info.row}
    facts |= {"keys": last["key"].nunique(), "cells": last["visible (0 or 1)"].sum(), "all": len(last)}
    if info.family == "xlnet":
        keys = info.panels[-1].keys
        own = last[last["query"] == keys.at[info.row]]
        seen = own[own["visible (0 or 1)"] == 1]["key"]
        facts |= {"token": keys.tokens[info.row], "rank": len(seen) + 1}
        facts |= {"left": sum(seen < keys.at[info.row]), "right": sum(seen > keys.at[info.row])}
    return f"who_sees_whom.reading.{info.family}", facts


@of("word_change.WordChange")
def word_change(info, table):
    if info.old == info.new == ():
        return "who_sees_whom.change.same", {}
    if info.before == 0:
        return "who_sees_whom.change.first", {}
    early = table[table["position"] < info.before].reset_index(drop=True)
    column = "relative change, model as it is"
    last = early[early["state"] == table["state"].iloc[-1]]
    row = most(early, column)
    facts = {
        "old": " ".join(info.old), "new": " ".join(info.new) or "∅", "n": info.before, "token": row["token"],
        "moved": (last[column] > 1e-5).sum(), "most": row[column],
    }  # fmt: skip
    prefix = "who_sees_whom.change."
    if info.causal is None:
        prefix, largest = f"{prefix}already.", row[column]
    else:
        largest = facts["causal"] = early["relative change, causal mask"].max()
    return prefix + ("exact" if largest == 0 else "rounding" if largest < 1e-5 else "moves"), facts


@of("sink.Sink")
def sink(info, table):
    weight, handed, length = (table[column] for column in table.columns[2:])
    facts = {"token": info.token, "even": info.even, "weight": weight.mean(), "handed": handed.mean()}
    if length.isna().any():
        return "sink.reading.one", {"token": info.token}
    facts["length"] = length.median()
    much = weight.mean() > 2 * info.even
    return "sink.reading" + (".none" if not much else "" if 2 * handed.mean() < weight.mean() else ".much"), facts


@of("sink.SinkHead")
def sink_head(info, table):
    row = table.iloc[info.place]
    facts = {"layer": info.layer, "head": info.head, "token": row["token"]}
    if math.isnan(info.cosine):
        return "sink.head.reading.alone", facts
    facts |= {"weight": row["weight (mean of rows)"], "handed": row["share of weight × ‖v‖"]}
    facts |= {"cosine": info.cosine, "longer": info.longer}
    return "sink.head.reading." + ("turned" if info.cosine < 0.9 else "same"), facts


@of("sink.Closed")
def closed(info, table):
    change, other = table.iloc[-1][["change with the sink closed", "change with the other token closed"]]
    facts = {"token": info.tokens[info.place], "other": info.tokens[info.other]}
    facts |= {"change": change, "change_other": other, "apart": info.apart}
    return "sink.closed.reading" + (".two" if math.isnan(info.apart) else ""), facts


@of("ablation.Ablation")
def ablation(info, table):
    if not info.off:
        return "ablation.none", {}
    last = table[table["layer"] == table["layer"].max()]
    column = "relative change of the state"
    row = most(last, column)
    facts = {"n": len(info.off), "mean": last[column].mean(), "token": row["token"], "most": row[column]}
    one = len(last) == 1
    return "ablation.reading" + (".one" if one else ""), facts | {"apart": math.nan if one else info.apart}


@of("ablation.Removals")
def removals(info, table):
    column = table["mean relative change of the last states, left out alone"]
    at = list(zip(table["layer"], table["head"], strict=True))
    others = column[[place not in info.off for place in at]]
    layer, head = at[column.idxmax()]
    return "ablation.removals", {
        "below": (others < info.now).sum(), "others": len(others), "typical": column.median(), "most": column.max(),
        "layer": layer, "head": head,
    }  # fmt: skip


@of("compare.HeadMaps")
def head_maps(info, table):
    a, b = (table[table["run"] == run].reset_index(drop=True) for run in "AB")
    if a[info.column].isna().all() or b[info.column].isna().all():
        return "compare.reading.absent", {}
    facts = {"a": a[info.column].mean(), "b": b[info.column].mean()}
    if len(a) != len(b):
        return "compare.reading.means", facts
    at = (b[info.column] - a[info.column]).abs().idxmax()
    facts |= {
        "layer": a["layer"][at],
        "head": a["head"][at],
        "a_head": a[info.column][at],
        "b_head": b[info.column][at],
    }
    return "compare.reading.maps", facts


@of("compare.HeadsMoved")
def heads_moved(info, table):
    if info.moved is None:
        key, facts = head_maps(info.peaks, info.peaks.table())
        return key.replace("reading.", "reading.peaks."), facts
    column = "share of attention that goes elsewhere in B"
    rows = table[table["run"] == "A"].reset_index(drop=True)
    row = most(rows, column)
    facts = {"mean": rows[column].mean(), "layer": row["layer"], "head": row["head"], "most": row[column]}
    return "compare.reading." + ("moved" if row[column] > 0 else "equal"), facts


@of("compare.TwoHeads")
def two_heads(info, table):
    column, facts = "attention probability", {}
    runs = {run.lower(): rows.reset_index(drop=True) for run, rows in table.groupby("run")}
    for name, matrix in (("a", info.a), ("b", info.b)):
        facts |= {f"layer_{name}": matrix.layer, f"head_{name}": matrix.head}
        facts[name] = runs[name].groupby("query")[column].max().mean()
    if info.why == "tokens":
        return "compare.reading.two_heads", facts
    change = runs["b"][column] - runs["a"][column]
    if (change == 0).all():
        return "compare.reading.equal", {}
    moved = change.abs().groupby(runs["a"]["query"]).sum().mean() / 2
    keys = change.groupby(runs["a"]["key"]).sum()
    return "compare.reading.head", facts | {
        "moved": moved, "from": info.a.keys.tokens[keys.idxmin()], "to": info.b.keys.tokens[keys.idxmax()],
    }  # fmt: skip


@of("compare.LayersAlike")
def layers_alike(info, table):
    column = table.columns[-1]
    if table[column].isna().all():
        return "compare.reading.no_variation", {"n": info.n}
    last = table[table["state of A"] == table["state of A"].max()].reset_index(drop=True)
    row = most(last.fillna(-1), column)
    facts = {"n": info.n, "last": last[column].iloc[-1], "most": row[column], "layer": row["state of B"] - 1}
    facts |= {"embedding": table[column].iloc[0], "noise": info.noise, "shuffles": 19}
    where = "noise" if row[column] <= info.noise else "embedding" if row["state of B"] == 0 else "layer"
    return f"compare.reading.layers.{where}", facts


@of("tokens.Pieces")
def pieces(info, table):
    return "tokens.reading.pieces", {
        "n": len(table), "places": info.places, "share": len(table) / info.places, "words": info.n_words,
        "split": info.n_split, "unknown": table["token"].isin(["[UNK]", "<unk>"]).sum(),
    }  # fmt: skip


@of("tokens.Trace")
def trace(info, table):
    if info.too_long:
        return "tokens.reading.too_long", {"n": len(info.word), "most": 100}
    facts = {"word": info.word, "n": len(table), "pieces": " + ".join(table[table["found"]]["candidate"])}
    if not table[table["round"] == table["round"].max()]["found"].any():
        return "tokens.reading.unknown", facts | {
            "pieces": "[UNK]", "rest": info.word[table["first character"].max() :],
        }  # fmt: skip
    return "tokens.reading.trace", facts


@of("tokens.Found")
def found(info, table):
    return "tokens.reading.found", {"query": info.query, "total": info.total, "size": info.size}


@of("tokens.TwoTokenizers")
def two_tokenizers(info, table):
    own = (table["tokenizer"] == "model").sum()
    return "tokens.reading.two", {"own": own, "other": len(table) - own}


@of("sum.TokenSum")
def token_sum(info, table):
    vectors = [name for name in table if name != "dimension"]
    facts = {"token": info.token, "index": info.index} | {
        name: math.sqrt((table[name].astype(float) ** 2).sum()) for name in vectors
    }
    suffix = (
        ".no_position" if "position" not in facts else ".no_norm" if "embedding" not in facts
        else ".no_segment" if "segment" not in facts else ""
    )  # fmt: skip
    return f"sum.reading.token{suffix}", facts


@of("sum.PartNorms")
def part_norms(info, table):
    assert sum(info.shares.values()) == 1 or abs(sum(info.shares.values()) - 1) < 1e-4 or len(table) == 1
    if "segment" not in info.shares:
        return "sum.reading.shares.no_segment", info.shares
    if "position" not in info.shares:
        return "sum.reading.shares.no_position", info.shares
    pair = info.segment_change is not None
    return "sum.reading.shares" + ("_pair" if pair else ""), info.shares | (
        {"change": info.segment_change} if pair else {}
    )


@of("sum.Normalised")
def normalised(info, table):
    facts = {"token": info.token}
    for name in ("before", "standard", "after"):
        facts |= {f"mean_{name}": table[name].mean(), f"variance_{name}": table[name].var(ddof=0)}
    return "sum.reading.layernorm", facts


@of("sum.OneHot")
def one_hot(info, table):
    row = table.iloc[0]
    key = "sum.reading.onehot" if row["tables"] == 3 else "sum.reading.onehot.two"
    return key, {"rows": row["rows"], "joint": row["joint_rows"], "size": row["joint_bytes"]}


@of("small_one_hots.SmallOneHots")
def small_one_hots(info, table):
    picked = table[table["one-hot"] == 1].set_index("table")[["first number", "second number"]]
    assert len(table) == 9 and len(picked) == 3
    names = {"word": "word", "place": "position", "text": "segment"}
    facts = {f"{name}_{at}": picked.loc[part].iloc[at] for name, part in names.items() for at in (0, 1)}
    facts |= dict(zip(("first", "second"), picked.sum(), strict=True)) | {"rows": 9, "joint": 24, "few": 18, "many": 48}
    word, place, text = info.chosen
    return "sum.reading.small", facts | {"entry": 6 * word + 2 * place + text}


@of("apart.TakenApart")
def taken_apart(info, table):
    row = table.set_index("directions").loc[info.few]
    facts = {"few": info.few, "d": len(table), "even": row["even"], "position": row.iloc[0], "word": row.iloc[1]}
    assert table.iloc[-1, 1] == table.iloc[-1, 2] == 1 or abs(table.iloc[-1, 1:3] - 1).max() < 1e-9
    key = "sum.reading.apart" + ("" if facts["position"] > 0.5 and facts["word"] < 0.25 else "_spread")
    return key, facts | {"n": info.n, "places": info.places, "words": info.words}


@of("neighbours.Paths")
def paths(info, table):
    angles = [math.degrees(math.acos(min(1, max(-1, cosine)))) for cosine in info.moved]
    return "neighbours.reading.paths", {
        "explained": info.explained, "hidden": 1 - info.explained, "token": info.tokens[info.chosen], "n": len(angles),
        "angle": angles[info.chosen], "mean": sum(angles) / len(angles),
    }  # fmt: skip


@of("neighbours.Neighbours")
def nearest(info, table):
    assert table["cosine"].is_monotonic_decreasing and table["cosine"].iloc[0] >= info.middle
    return "neighbours.reading.nearest", {
        "token": info.token, "entries": ", ".join(table["entry"][:3]), "cosine": table["cosine"][0],
        "middle": info.middle,
    }  # fmt: skip


@of("neighbours.TwoContexts")
def contexts(info, table):
    others = table["mean cosine of others"].iloc[-1]
    key = "contexts_alone" if math.isnan(others) else "contexts"
    words = table["cosine of the word"]
    return f"neighbours.reading.{key}", {
        "token": info.token, "first": words.iloc[0], "last": words.iloc[-1], "others": others,
    }  # fmt: skip


@of("positions.Tables")
def tables(info, table):
    far = min(50, table["distance in positions"].max())
    facts = {"far": far}
    for name in ("learned", "sinusoidal"):
        means = table[f"mean cosine, {name}"]
        facts |= {f"{name}_near": means[1], f"{name}_far": means[far]}
    return "positions.reading.tables", facts


@of("positions.Wave")
def wave(info, table):
    return "positions.reading.wave", {
        "position": info.position, "dimension": info.dimension, "wavelength": info.wavelength,
        "kind": ("sin", "cos")[info.dimension % 2], "value": table["value"][info.position],
    }  # fmt: skip


@of("positions.Shuffle")
def shuffle(info, table):
    facts = {"with_positions": info.difference_with, "without_positions": info.difference_without}
    moved = table[table["position"] != table["position after shuffling"]]
    if moved.empty:
        return "positions.reading.shuffle.one", facts
    facts |= {"cosine": moved["cosine with positions"].mean(), "bare_cosine": moved["cosine without positions"].mean()}
    same = table["cosine without positions"].min() > 1 - 1e-5
    return "positions.reading.shuffle" + ("" if same else ".seen"), facts


@of("positions.Swapped")
def swap(info, table):
    means = {name: table[f"cosine, {name}"].mean() for name in ("none", "scaled", "sinusoidal")}
    return "positions.reading.swap", means | {"others": info.others}


@of("scaling.HeadBothWays")
def both_ways(info, table):
    n = len(info.tokens)
    own, changed = (table[name].to_numpy().reshape(n, n) for name in table.columns[-2:])
    facts = {"layer": info.layer, "head": info.head, "n": n, "dead": info.dead[0], "dead_changed": info.dead[1]}
    for suffix, probs in (("", own), ("_changed", changed)):
        facts[f"peaked{suffix}"] = (probs.max(1) > 0.9).mean()
        logs = np.log(np.where(probs > 0, probs, 1))
        facts[f"keys{suffix}"] = np.exp(-(probs * logs).sum(1)).mean()
    if info.factor == info.own_factor:
        return "scaling.reading.same", facts
    if np.abs(own - changed).max() < 1e-6:
        return "scaling.reading.unmoved", facts
    return "scaling.reading." + ("sharper" if facts["keys_changed"] < facts["keys"] else "flatter"), facts


UNITS = {
    "entropy": "entropy / log(keys)", "keys": "effective keys exp(entropy)", "max_prob": "mean largest probability",
    "peaked": "share of rows with a probability over 0.9", "trace": "mean trace of the Jacobian",
    "dead": "share of dead rows (spectral norm < 0.001)", "variance": "variance of q·k / d",
}  # fmt: skip


@of("saturation.SaturationMap")
def saturation(info, table):
    columns = [name for name in table if name.startswith(UNITS[info.measure])]
    before, after = (table[name] for name in columns)
    change = (after - before).abs()
    if change.max() < 1e-6 and info.measure != "variance":
        return "saturation.reading.unmoved", {"value": before.mean(), "keys": info.n_keys}
    at = change.idxmax()
    return f"saturation.reading.{info.measure}", {
        "before": before.mean(), "after": after.mean(), "layer": table["layer"][at], "head": table["head"][at],
        "head_before": before[at], "head_after": after[at], "keys": info.n_keys,
        "peaked": sum(share > 0.5 for share in before), "peaked_after": sum(share > 0.5 for share in after),
        "n": len(table),
    }  # fmt: skip


@of("which_d.WhichD")
def which_d(info, table):
    if len(info.tokens) == 1:
        return "which_d.reading.one", {}
    facts = dict(zip(table["way"], table[UNITS["entropy"]], strict=True))
    factor = dict(zip(table["way"], table["factor on q·k"], strict=True))
    return "which_d.reading", facts | {
        "layer": info.layer, "head": info.head, "d": 1 / factor["over_d"], "width": factor["sqrt_width"] ** -2,
    }  # fmt: skip


@of("which_d.Riddle")
def riddle(info, table):
    names = ("entropy", "peaked", "dead")
    shown = table[table["shown"]].iloc[0]
    facts = {name: shown[UNITS[name]] for name in names}
    if not table["answered"].any():
        return "which_d.riddle.open", facts
    answered = table[table["answered"]].iloc[0]
    facts |= {"answer": answered["snippet"].upper(), "right": shown["snippet"].upper()}
    if answered["way"] == shown["way"]:
        return f"which_d.riddle.right.{shown['way']}", facts
    facts |= {f"{name}_answer": answered[UNITS[name]] for name in names}
    alike = all(abs(facts[name] - facts[f"{name}_answer"]) <= 1e-4 for name in names)
    return f"which_d.riddle.{'same' if alike else 'wrong'}", facts


AFTER = {
    "entropy": "entropy / log(keys)", "max_prob": "mean largest weight", "first": "mean weight on the first token",
    "total": "mean sum of a row", "trace": "mean trace of the Jacobian",
}  # fmt: skip


@of("after_sqrt_d.AfterRoot")
def after_sqrt_d(info, table):
    rows = table.set_index("rule")
    own, chosen = rows.loc["own"], table[table["chosen"]].iloc[0]
    facts = {"layer": info.layer, "head": info.head}
    for name, unit in AFTER.items():
        facts |= {name: chosen[unit], f"{name}_own": own[unit]}
    if chosen["largest difference of a weight to the own rule"] <= 1e-5:
        return "after_sqrt_d.reading.same", facts
    if abs(facts["total"] - 1) > 1e-3:
        return "after_sqrt_d.reading.open", facts
    return f"after_sqrt_d.reading.{'flatter' if facts['entropy'] > facts['entropy_own'] else 'sharper'}", facts


@of("after_sqrt_d.OverLength")
def over_length(info, table):
    own, chosen = (table[table["rule"] == rule].sort_values("tokens") for rule in ("own", info.chosen))
    top, first = AFTER["max_prob"], AFTER["first"]
    a, b = own[top].to_numpy(), chosen[top].to_numpy()
    facts = {"low": own["tokens"].min(), "high": own["tokens"].max(), "own_low": a[0], "own_high": a[-1]}
    facts |= {"low_value": b[0], "high_value": b[-1], "first": chosen[first].iloc[-1], "own_first": own[first].iloc[-1]}
    return f"after_sqrt_d.length.{'same' if np.abs(a - b).max() <= 1e-5 else 'reading'}", facts


@of("after_sqrt_d.WhyOne")
def why_one(info, table):
    largest = dict(zip(table["score"], table["largest absolute value"], strict=True))
    d = (largest["q·k"] / largest["q·k / √d"]) ** 2
    return "after_sqrt_d.why_one", {
        "layer": info.layer, "head": info.head, "d": d, "gain": d**-0.25, "raw": largest["q·k"],
        "normed": largest["RMSNorm(q)·RMSNorm(k)"], "difference": info.difference,
    }  # fmt: skip


@of("after_sqrt_d.ScaleInGain")
def scale_in_gain(info, table):
    own, copy = table.iloc[0], table.iloc[1]
    assert copy["factor on q·k"] == 1
    assert copy["largest |q·k|"] == pytest.approx(own["largest |q·k|"] * own["factor on q·k"])
    assert own["largest |q·k|"] <= own["d_head"] * 1.001 and info.difference < 1e-5  # the gains are 1
    return "after_sqrt_d.in_gemma", {
        "n": own["layers"], "factor": own["factor on q·k"], "gain": own["factor on q·k"] ** 0.5, "d": own["d_head"],
        "largest": own["largest |q·k|"], "difference": info.difference,
    }  # fmt: skip


KL = "mean KL of the weights from float32's, nats"


@of("precision.Formats")
def formats(info, table):
    rows = table.set_index("format")
    lost, times = rows["rows without weights (NaN)"], table["q·k times"].iloc[0]
    largest = rows["largest |q·k|"]
    facts = {"layer": info.layer, "head": info.head, "times": times, "n": len(info.tokens), "rows": lost["float16"]}
    facts |= {"largest": largest["float32"]}
    if largest["bfloat16"]:
        facts["step"] = np.exp2(np.floor(np.log2(largest["bfloat16"])) - 7)  # eight binary digits
    for name in rows.index:
        facts |= {f"{name}_kl": rows[KL][name], f"{name}_distinct": rows["different scores"][name]}
    if lost["float16"]:
        assert (lost.drop("float16") == 0).all()  # the sentence says so of bfloat16
        return "precision.reading.lost", facts
    if np.isinf(largest["float16"]):
        return "precision.reading.silent", facts
    if times != 1:
        assert (table["scaled"] == "before").all()
    return f"precision.reading.{'own' if times == 1 else 'held'}", facts


@of("precision.ScaleFirst")
def scale_first(info, table):
    rows = table.set_index("scaled")
    row, seen = rows.loc["before"], rows["first overflow, seen"]
    if np.isinf(seen).any():
        return "precision.first.never", {}
    facts = {"query": info.query, "key": info.key, "product": row["q·k"], "after": seen["after"]}
    facts |= {"before": seen["before"], "after_predicted": 65_520 / abs(row["q·k"])}
    facts |= {"before_predicted": 65_520 / abs(row["q·k"] * row["factor"]), "score": row["float16 score"]}
    # q and k have 11 digits each: what is said of both is the same overflow.
    assert seen["after"] / facts["after_predicted"] == pytest.approx(1, abs=2**-10)
    assert seen["before"] / facts["before_predicted"] == pytest.approx(1, abs=2**-9)
    if row["factor"] == 1:
        return "precision.first.none", facts
    assert np.isinf(rows.loc["after", "float16 score"])
    if abs(row["factor"] * info.d_head**0.5 - 1) > 1e-3:
        return "precision.first.factor", facts | {"factor": row["factor"]}
    return "precision.first.reading", facts | {"d": info.d_head}


@of("precision.OverGrowth")
def over_growth(info, table):
    rows = table.set_index("q·k times")
    rows.columns = [name.rpartition(", ")[2] for name in rows.columns]
    facts = {name: rows[name][1.0] for name in ("bfloat16", "float16", "int8")}
    facts |= {"worst": rows["bfloat16"].max(), "peak": rows["bfloat16"].idxmax()}
    lost = rows.index[rows["float16"].isna()]
    assert not rows["bfloat16"].isna().any()
    if not len(lost):
        return "precision.growth.whole", facts
    assert rows["float16"][rows.index >= lost[0]].isna().all()
    return "precision.growth.reading", facts | {"end": lost[0]}


@of("precision.PrecisionMap")
def precision_map(info, table):
    kl, ranks = table[KL], table["changed ranks"]
    most = table.loc[kl.idxmax()]
    return "precision.heads.reading", {
        "format": info.format, "layer": most["layer"], "head": most["head"], "most": kl.max(), "typical": kl.median(),
        "share": ranks.sum() / table["ranks"].sum(), "kept": (ranks == 0).sum(), "n": len(table),
    }  # fmt: skip


@of("online_softmax.OnlineSoftmax")
def online(info, table):
    tiles = table.groupby("tile")
    at = tiles.first().iloc[info.step]
    top = tiles["score"].max().cummax()
    right = np.exp(table["score"] - table["score"].max())
    assert np.allclose(table["weight"], right / right.sum(), atol=1e-6) and info.difference <= 1e-5
    facts = {"tile": info.step + 1, "tiles": len(tiles), "top": top.iloc[info.step], "difference": info.difference}
    facts |= {"total": at["running sum"], "kept": at["sum before times"], "before": top.iloc[max(info.step - 1, 0)]}
    if info.step == len(tiles) - 1:
        return "precision.online.last", facts
    if info.step == 0:
        return "precision.online.first", facts
    return f"precision.online.{'rose' if facts['top'] > facts['before'] else 'stayed'}", facts


@of("score_variance.ScoreVariance")
def variance(info, table):
    drawn = table[table["source"] == "drawn from N(0, 1)"]
    heads = table[table["source"] != "drawn from N(0, 1)"]
    x, y = np.log(drawn["d"].astype(float)), np.log(drawn["variance of q·k"].astype(float))
    ratio = heads["variance of q·k / √d"].astype(float)
    return "variance.reading", {
        "slope": ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum(), "d": info.d_head,
        "n": len(heads), "low": ratio.min(), "middle": ratio.median(), "high": ratio.max(),
    }  # fmt: skip


@of("drawn_vectors.SyntheticSweep")
def sweep(info, table):
    row = table[table["d"] == info.chosen].iloc[0]
    facts = {"d": info.chosen}
    for name in ("entropy", "peaked", "dead"):
        facts |= {name: row[f"{UNITS[name]}, q·k unscaled"], f"{name}_scaled": row[f"{UNITS[name]}, q·k / √d"]}
    return "saturation.reading.synthetic", facts


@of("whole_network.NetworkChange")
def network(info, table):
    last = table[table["after layer"] == table["after layer"].max()]
    column = "cosine of the hidden state, end-to-end with and without the change"
    row = last.loc[last[column].idxmin()]
    facts = {
        "pooled": last["cosine of the mean vector, end-to-end"].iloc[0], "cls": last[column].iloc[info.place],
        "first": last["piece"].iloc[info.place], "token": row["piece"], "least": row[column], "n": len(info.layers),
        "factor": table["factor in the changed layers"].iloc[0], "strangers": info.strangers,
    }  # fmt: skip
    return "network.reading." + ("same" if table[column].min() > 1 - 1e-6 else "changed"), facts


@of("whole_network.FactorCurve")
def factor_curve(info, table):
    kept = table["cosine of the mean vector, end-to-end"] >= 0.9
    facts = {"own": info.own_factor, "at_one": table.iloc[-1, 2], "n": len(table), "strangers": info.strangers}
    if info.own_factor is None:
        return "network.reading.curve.layers", facts | {"kept": kept.sum()}
    if kept.all():
        return "network.reading.curve.all", facts
    runs = (kept != kept.shift()).cumsum()
    run = table[runs == runs[table.iloc[:, 2].idxmax()]]
    if not kept.any():
        return "network.reading.curve.none", facts
    facts |= {"low": run["factor"].min(), "high": run["factor"].max(), "kept": len(run)}
    return "network.reading.curve" + (".one" if len(run) == 1 else ""), facts


@of("gradients.GradientNorms")
def gradient(info, table):
    rows = table[table["weights"] == "W_Q"].reset_index(drop=True)
    own, other = rows["gradient norm, model's scale"], rows["gradient norm, end-to-end without the scale"]
    if own.max() == 0 and other.max() == 0:
        return "gradients.reading.none", {}
    if (own == other).all():
        return "gradients.reading.same", {}
    ratio = rows["ratio"]
    facts = {"low": ratio.min(), "high": ratio.max(), "least": ratio.idxmin(), "most": ratio.idxmax()}
    root = np.median([1 / factor for factor in info.factors])
    usual = math.isclose(root, math.sqrt(info.d_head), rel_tol=1e-4)
    facts |= {"root": root, "by": "√d" if usual else "1/f", "d": info.d_head}
    before, after = (rows[f"share of dead rows, {run}"][0] for run in ("model's scale", "end-to-end without the scale"))
    facts |= {"passing": before, "dead": after}
    if (ratio > 1).all() and ratio.max() / ratio.min() < 1.5:
        return "gradients.reading.even", facts
    size = "larger" if (ratio > 1).all() else "smaller" if (ratio < 1).all() else "mixed"
    return f"gradients.reading.{size}" + (".uneven" if after >= before + 0.1 else ""), facts


@of("rank_collapse.RankPaths")
def rank(info, table):
    if len(info.tokens) == 1:
        return "rank_collapse.reading.one", {}
    flags = ["skip connections", "feed-forward blocks", "LayerNorm"]
    full = table[table[flags].all(axis=1)].reset_index(drop=True)
    chosen = (info.chosen.skips, info.chosen.ffn, info.chosen.norm)
    path = table[(table[flags] == chosen).all(axis=1)].reset_index(drop=True)
    left = path["residual / norm"]
    facts = {
        "first": left[0], "last": left.iloc[-1], "full": full["residual / norm"].iloc[-1],
        "least": full["residual / norm"].min(), "cosine": path["mean cosine of two words"].iloc[-1],
    }  # fmt: skip
    if all(chosen):
        return "rank_collapse.reading.full", facts
    if left.iloc[-1] < 0.01:
        at = (left < 0.01).idxmax()
        return "rank_collapse.reading.collapses", facts | {"layer": path["after layer"][at], "there": left[at]}
    apart = (left >= 0.01).all() and left.iloc[-1] >= 0.5 * facts["full"]
    return "rank_collapse.reading." + ("stays" if apart else "shrinks"), facts


@of("lookup_tables.Rows")
def small_rows(info, table):
    used = {name: table[table["table"] == name]["looked up"] for name in ("position", "segment")}
    facts = {"used": used["position"].sum(), "rows": len(used["position"])}
    facts |= {"segments": used["segment"].sum(), "of": len(used["segment"])}
    suffix = "_none" if not facts["rows"] else "" if facts["of"] else "_one"
    return f"questions.reading.limits{suffix}", facts


@of("lookup_tables.Shared")
def shared(info, table):
    assert table["product with the row"].is_monotonic_decreasing
    return "questions.reading.shared" + ("" if info.own else "_other"), {
        "token": info.token, "first": table["entry"][0], "total": info.total, "printed": info.printed,
        "twice": info.printed - info.total,
    }  # fmt: skip


@of("lookup_tables.Large")
def large(info, table):
    counts = table.set_index("part")["parameters (count)"]
    assert counts["embeddings"] + counts["layers"] + counts["pooler"] == counts["body"]
    return "questions.reading.large", {
        "body": counts["body"], "heads": counts["with both heads"], "gap": 340_000_000 - counts["body"],
        # the animal didn ' t cross street because it was too tired . and both special tokens; "the" is one row
        "used": 13 + 2, "of": 30_522,
    }  # fmt: skip


@of("self_weight.SelfWeight")
def self_weight(info, table):
    names = {"trained": "trained heads", "narrow": "heads without W_Q and W_K", "wide": "one head without W_Q and W_K"}
    facts = {name: table[f"weight on itself, {column}"].mean() for name, column in names.items()}
    width = info.n_heads * info.d_head
    return "questions.reading.qkv", facts | {
        "even": table["even"][0], "heads": info.n_heads, "d_head": info.d_head, "d": width,
    }  # fmt: skip


@of("reshape.Reshape")
def reshape(info, table):
    width = info.q.shape[1]
    assert table["shape"][2] == f"{info.heads} × {len(info.tokens)} × {width // info.heads}"
    facts = {"heads": info.heads, "d_head": width // info.heads, "own": info.own_heads, "parameters": info.parameters}
    facts |= {"mean": info.mean_max, "difference": info.difference}
    return "reshape.reading" + ("" if info.heads == info.own_heads else ".changed"), facts


@of("block_sizes.BlockSizes")
def block_sizes(info, table):
    ffn, attention = table["length added by feed-forward"].sum(), table["length added by attention"].sum()
    total = info.attention_parameters + info.ffn_parameters
    return "questions.reading.ffn", {
        "ffn": info.ffn_parameters, "total": total, "share": info.ffn_parameters / total,
        "added": ffn / (ffn + attention),
    }  # fmt: skip


@of("cls_token.ClsToken")
def cls_token(info, table):
    first = table["token"][info.place]
    weights = table[f"weight of {first} on it"]
    rest = weights.drop(info.place)
    facts = {"own": weights[info.place], "rest": rest.sum(), "first": first, "mean": info.mean}
    facts |= {"others": info.others, "last": table["token"].iloc[-1], "pooled": info.pooled}
    if len(table) > 1 and (rest == 0).all():
        return "questions.reading.cls_left", facts
    return "questions.reading.cls" + ("_bare" if info.pooled is None else ""), facts


@of("softmax_shift.Shifted")
def shifted(info, table):
    own, added, grown = (table[name] for name in ("softmax(s)", "softmax(s + 1000)", "softmax(8 s)"))
    lead = own.sort_values(ascending=False)
    gap = math.log(lead.iloc[0] / lead.iloc[1]) if len(lead) > 1 and lead.iloc[1] > 0 else info.gap
    return "questions.reading.saturate", {
        "token": table["token"][info.query], "difference": (own - added).abs().max(), "own": own.max(),
        "stretched": grown.max(), "gap": gap,
    }  # fmt: skip


@of("nonlinear.NonLinear")
def nonlinear(info, table):
    rows = table.set_index("replaced by the identity")
    ranks = rows["effective rank of the states"]
    facts = {f"{name}_rank": ranks[name] for name in ("model", "gelu", "softmax", "layernorm")}
    facts |= {"tanh": rows["1 - cosine of the pooled vector"]["tanh"]}
    facts |= {name: rows["distance from straight"][at] for name, at in (("bend", "model"), ("linear", "linear"))}
    bare = math.isnan(rows["1 - cosine of the pooled vector"]["model"])
    return "questions.reading.nonlinear" + ("_bare" if bare else ""), facts


@of("additive.Additive")
def additive(info, table):
    facts = {"x": info.tokens[0], "y": info.tokens[1], "layer": info.layer}
    for name, more in (("off", ""), ("straight", ", identity")):
        together, apart = table[f"f(x + y) - f(0){more}"], table[f"f(x) + f(y) - 2f(0){more}"]
        facts[name] = math.sqrt(((together - apart) ** 2).sum() / (together**2).sum())
    assert facts["off"] > 0.01 and facts["straight"] < 1e-4
    plus, minus = (x * (1 + math.erf(x / math.sqrt(2))) / 2 for x in (1, -1))  # GELU, x Φ(x)
    return "questions.reading.additive", facts | {"plus": plus, "minus": minus, "both": plus + minus, "none": 0.0}


@of("beyond.Beyond")
def beyond(info, table):
    assert info.tried == info.rows + 1
    facts = {"rows": table["rows"][0], "last": info.rows - 1, "tried": info.rows + 1, "kind": table["error"][0]}
    return "questions.reading.beyond" + ("" if facts["kind"] else "_runs"), facts


@of("unscaled_example.UnscaledExample")
def unscaled_example(info, table):
    facts = {"d": info.d_head, "root": math.sqrt(info.d_head)}
    for suffix, a in (("", 1.0), ("_without", facts["root"])):
        p = 1 / (1 + 2 * math.exp(-a))
        q = (1 - p) / 2
        row = np.array([q, q, p])
        facts |= {f"p{suffix}": p, f"slope{suffix}": np.linalg.eigvalsh(np.diag(row) - np.outer(row, row)).max()}
    return "questions.reading.unscaled", facts | {"times": facts["slope"] / facts["slope_without"]}


@of("stacks_compared.StacksCompared")
def stacks_compared(info, table):
    means = table.groupby(["hidden word", "reader"])["right"].mean()
    facts = {f"{role}_{reader}": share for (role, reader), share in means.items() if role != "any"}
    losses = table[table["hidden word"] == "any"].pivot(index="seed", columns="reader", values="loss (nats)")
    facts |= {"seeds": table["seed"].nunique(), "joined": losses["joined"].mean(), "both": losses["both"].mean()}
    wins = (losses["both"] < losses["joined"]).mean()
    ahead = "both" if wins == 1 else "joined" if (losses["joined"] < losses["both"]).all() else "open"
    return f"who_sees_whom.reading.stacks.{ahead}", facts


@of("classifier_input.ClassifierInput")
def classifier_input(info, table):
    facts = table.groupby("vector")["right of the held-out texts"].mean().to_dict()
    key = "sentences.reading.input" + ("" if "cls" in facts else ".no_cls")
    majority = {"majority": info.majority, "texts": info.n_texts, "held": info.n_held_out, "labels": info.n_labels}
    return key, facts | majority


@of("mask_rates.MaskRates")
def mask_rates(info, table):
    facts = {"n": info.n_words, "low": table["rate"].min(), "high": table["rate"].max()}
    for name in ("low", "high"):
        fates = Counter(table[table["rate"] == facts[name]]["what became of it"])
        facts |= {f"{name}_masked": fates["masked"], f"{name}_random": fates["random"]}
        facts[f"{name}_chosen"] = fates["masked"] + fates["random"] + fates["kept"]
        facts[f"{name}_seen"] = facts["n"] - facts[f"{name}_chosen"] + fates["kept"]
    return "questions.reading.rate", facts


@of("windows_rejoined.Rejoined")
def rejoined(info, table):
    values = table.set_index("vector")["cosine with one run"]
    each = values[[name.startswith("window") for name in values.index]]
    return "questions.reading.long" + ("_one" if len(each) == 1 else ""), {
        "n": len(each), "width": info.cut.width, "mean": values["mean"], "low": each.min(), "high": each.max(),
        "strangers": info.strangers,
    }  # fmt: skip


@of("windows.Windows")
def windows(info, table):
    facts = {"words": info.document.n_words, "pieces": table["last piece"].max() + 1, "n": len(table)}
    facts |= {
        "width": info.width,
        "step": info.step,
        "shared": max(0, info.width - info.document.n_special - info.step),
    }
    facts |= {"read": table["pieces"].sum() / facts["pieces"]}
    return "long_text.reading." + ("one" if len(table) == 1 else "windows"), facts


@of("windows.Ranking")
def window_ranking(info, table):
    column = "cosine with the query"
    row = most(table, column)
    return "long_text.reading." + ("single" if len(table) == 1 else "ranking"), {
        "best": row["window"], "cosine": row[column], "n": len(table), "middle": table[column].median(),
        "weight": row["attention weight"], **info.whole,
    }  # fmt: skip


@of("windows.Normalised")
def window_words(info, table):
    own, all_ = "probability, softmax in its window", "probability, softmax over all windows"
    first, last = table.iloc[0], table.iloc[-1]
    if len(table) == 1:
        assert first[own] == first[all_]
        return "long_text.reading.alone", {"word": first["best word"], "local": first[own]}
    return "long_text.reading.normalised", {
        "first": first["window"], "last": last["window"], "first_local": first[own], "last_local": last[own],
        "first_all": first[all_], "last_all": last[all_],
    }  # fmt: skip


@of("predictions.Predictions")
def guesses(info, table):
    if table.empty:
        return "masked.reading.nothing", {}
    first = table[table["rank"] == 1].reset_index(drop=True)
    known = first[first["rank of the true word"].notna()]
    n, row = len(first), first.iloc[0]
    if n == 1:
        facts = {"word": row["word"], "share": row["probability"], "words": info.n_vocab}
        if known.empty:
            return "masked.reading.open", facts | {"choices": math.exp(row["entropy (nats)"])}
        own = {
            "truth": row["true word"],
            "rank": row["rank of the true word"],
            "own": row["probability of the true word"],
        }
        return "masked.reading." + ("right" if own["rank"] == 1 else "wrong"), facts | own
    if known.empty:
        return "masked.reading.typed", {"n": n, "words": " … ".join(first["word"])}
    hardest = known.loc[known["probability of the true word"].astype(float).idxmin()]
    return "masked.reading.several", {
        "n": n, "known": len(known), "right": (known["rank of the true word"] == 1).sum(),
        "token": hardest["true word"],
        "share": hardest["probability of the true word"], "rank": hardest["rank of the true word"],
    }  # fmt: skip


@of("predictions.Lens")
def lens(info, table):
    first = table[table["rank"] == 1].reset_index(drop=True)
    final = first["word"].iloc[-1]
    other = first[first["word"] != final]
    since = other.index.max() + 1 if len(other) else 0
    key = "always" if since == 0 else "last" if since == len(first) - 1 else "early"
    return f"masked.reading.lens.{key}", {
        "word": final, "share": first["probability"].iloc[-1], "layer": first["after layer"][since],
        "first": first["word"][0],
    }  # fmt: skip


@of("changed_guess.ChangedGuess")
def changed_guess(info, table):
    rows = table.drop_duplicates("change").reset_index(drop=True)
    moved = (np.log(rows["its probability"]) - math.log(rows["its probability"][0])).abs()
    most = rows.loc[moved[1:].idxmax()]
    facts = {
        "word": rows["followed word"][0], "share": rows["its probability"][0], "left": most["its probability"],
        "rank": most["its rank"], "first": most["word"],
    }  # fmt: skip
    return f"guess.reading.{'one' if len(rows) == 2 else most['change']}", facts


@of("knowledge.Knowledge")
def knowledge(info, table):
    each = table.groupby("sentence", sort=False)
    if info.kind == "he_she":
        led = sum(rows["probability"].iloc[0] > rows["probability"].iloc[1] for _, rows in each)
        first, second = table["word"][:2]
        return "knowledge.reading.compared", {"n": len(each), "led": led, "first": first, "second": second}
    right = [rows["rank"][rows["fits"]].min() for _, rows in each]
    return "knowledge.reading", {
        "n": len(each), "right": right.count(1), "shown": table["rank"].max(), "among": sum(r > 0 for r in right),
    }  # fmt: skip


@of("masked.Masked")
def masked(info, table):
    fates = Counter(table["what became of it"])
    n, of_ = sum(fates[name] for name in ("masked", "random", "kept")), len(table) - fates["special"]
    if n == 0:
        return "masked.reading.recipe." + ("zero" if info.recipe.rate == 0 else "none"), {}
    facts = {name: fates[name] for name in ("masked", "random", "kept")}
    facts |= {"n": n, "of": of_, "loss": table["loss (nats)"].mean(), "even": math.log(info.n_vocab)}
    return "masked.reading.recipe." + ("blind" if fates["masked"] == of_ else "some"), facts


@of("masked.Shares")
def shares(info, table):
    found, expected = table["found (share of all tokens)"], table["expected (share of all tokens)"]
    facts = dict(zip(table["fate"], found, strict=True))
    return "masked.reading.shares", facts | {"tokens": info.n, "off": 100 * (found - expected).abs().max()}


@of("untying.Untying")
def untying(info, table):
    first, last = table.iloc[0], table.iloc[-1]
    facts = {
        "steps": last["step"], "start": first["largest difference of the logits"],
        "difference": last["largest difference of the logits"], "apart": last["relative distance of the two tables"],
        "extra": info.untied - info.tied, "tied": info.tied, "untied": info.untied, "rows_in": info.rows_in,
        "rows_out": info.rows_out, "words": info.n_vocab,
    }  # fmt: skip
    return "tied.reading.untie." + ("start" if len(table) == 1 else "trained"), facts


@of("next_sentence.PooledPath")
def pooled_path(info, table):
    parts = table["parts"].abs().sort_values(ascending=False)
    half = int((parts.cumsum() < parts.sum() / 2).sum()) + 1
    share = 1 / (1 + math.exp(-(table["parts"].sum() + info.bias)))
    return "next_sentence.reading." + ("yes" if share >= 0.5 else "no"), {
        "share": share, "n": len(table), "half": half, "saturated": (table["pooled"].abs() > 0.99).mean(),
        "gap": abs(table["parts"].sum() + info.bias),
    }  # fmt: skip


@of("two_losses.TwoLosses")
def two_losses(info, table):
    words, sentence, both = table["here (nats)"]
    even, half, _ = table["knowing nothing (nats)"]
    assert math.isclose(both, words + sentence) and math.isclose(math.exp(half), 2)
    facts = {"words": words, "sentence": sentence, "sum": both, "n": info.chosen, "even": even, "half": half}
    return "next_sentence.reading.losses", facts


@of("seen_itself.SeenItself")
def seen_itself(info, table):
    row = table.iloc[0]
    copies = row["left in the text"] > 0.5 and row["left in the text"] > row["hidden"]
    facts = {"token": row["token"], "seen": row["left in the text"], "hidden": row["hidden"]}
    return "masked.reading.itself" + ("" if copies else "_hardly"), facts


@of("next_sentence.Segments")
def segments(info, table):
    said = table.set_index("segment vectors")["probability that B follows A"]
    most_ = (said - said["own"]).abs().max()
    return "next_sentence.reading.segments." + ("small" if most_ < 0.05 else "large"), {
        **said, "most": 100 * most_,
    }  # fmt: skip


@of("next_sentence.Orders")
def orders(info, table):
    yes = (table["probability that the second follows"] >= 0.5).to_numpy()
    place = {text: at for at, text in enumerate(info.sentences)}
    step = np.array([place[b] - place[a] for a, b in zip(table["first"], table["second"], strict=True)])
    n = len(place)
    rates = [yes[step == 1].mean(), yes[step == -1].mean()]
    topic = min(rates) > 0.5 and yes[abs(step) > 1].mean() < rates[1]
    return "next_sentence.reading.orders" + (".topic" if topic else ""), {
        "back": yes[step == -1].sum(), "far": yes[abs(step) > 1].sum(), "fars": (n - 1) * (n - 2),
        "listed": yes[step == 1].sum(), "of": n - 1, "other": yes[(step != 1) & (step != 0)].sum(),
        "others": n * n - n - (n - 1), "self": yes[step == 0].sum(), "n": n,
    }  # fmt: skip


@of("parameters.Parameters")
def parameters(info, table):
    total, printed = table["counted (count)"].sum(), table["parameters (count)"].sum()
    sums = {part: table[table["module"].str.startswith(part)]["counted (count)"].sum() for part in info.modules}
    part = max(sums, key=lambda name: sums[name])
    facts = {"name": info.class_name, "total": total, "part": part, "share": sums[part] / total}
    if printed > total:
        return "parameters.reading.tied", facts | {"printed": printed, "tied": printed - total}
    return "parameters.reading", facts


@of("tied.Ties")
def ties(info, table):
    saved = table["parameters (count)"].sum() - table["counted (count)"].sum() if len(table) else 0
    facts = {"model": info.model, "total": info.total, "tensors": info.n_tensors}
    if table.empty:
        return "tied.reading.none", facts
    groups = table.groupby("same tensor as", sort=False)["parameters (count)"].agg(["sum", "max", "size"])
    name = (groups["sum"] - groups["max"]).idxmax()
    return "tied.reading.some", facts | {
        "name": name, "names": groups["size"][name], "saved": saved, "untied": info.total + saved,
        "share": saved / (info.total + saved),
    }  # fmt: skip


@of("contrast.Contrast")
def contrast(info, table):
    rows = table.set_index("what").filter(like=": ")
    total = rows.loc["parameters.total"]
    a, b = (0, 1) if rows.shape[1] == 2 else (int(total.argmin()), int(total.argmax()))
    parts = rows[rows.index.str.startswith("contrast.part.")]
    parts = parts.iloc[:, b] - parts.iloc[:, a]
    names = {"a": info.titles[a], "b": info.titles[b]}
    if total.iloc[a] == total.iloc[b] and (parts == 0).all():
        return "contrast.reading.same", {**names, "total": total.iloc[a]}
    part = parts.abs().idxmax()
    return f"contrast.reading.{part.split('.')[-1]}", {
        **names, "ratio": total.iloc[b] / total.iloc[a],
        "difference": total.iloc[b] - total.iloc[a], "part_difference": parts[part],
    }  # fmt: skip


@of("cost.Cost")
def cost(info, table):
    s, n, b = info.shape, info.here, info.batch
    square, linear = 4 * s.d_queries * n * n, (8 * s.d_model**2 + 4 * s.d_model * s.d_ff) * n
    head = 2 * s.d_model**2 if s.pooler else 0
    return "cost.reading" + (".beyond" if n > 512 else ""), {
        "tokens": n, "name": info.name, "flops": b * (s.n_layers * (square + linear) + head),
        "share": square / (square + linear), "crossover": round(2 * s.d_model + s.d_ff, -2),
        "positions": 512,
    }  # fmt: skip


@of("measured_time.Measured")
def measured(info, table):
    if len(table) == 1:
        return "cost.measuring", {}
    first, last = table.iloc[0], table.iloc[-1]
    work, time = table["matrix products (FLOPs)"], table["measured (ms)"] / 1000
    return "cost.measured", {
        "rate": (work**2).sum() / (work * time).sum(), "short": first["length (tokens)"],
        "long": last["length (tokens)"],
        "tokens": last["length (tokens)"] / first["length (tokens)"],
        "time": last["measured (ms)"] / first["measured (ms)"],
        "flops": last["matrix products (FLOPs)"] / first["matrix products (FLOPs)"],
    }  # fmt: skip


@of("window_cost.WindowCost")
def window_cost(info, table):
    facts = {"pieces": info.here, "one": info.here_one, "windows": info.here_windows}
    facts |= {"one_memory": info.matrices[0], "window_memory": info.matrices[1]}
    dear = table["windows (FLOPs)"] > table["one attention (FLOPs)"]
    if dear.iloc[-1]:
        return "long_text.reading.cost_never", facts
    # The exact length lies behind the last dear one that is drawn, and all drawn ones behind it are cheaper.
    at = table["length (word pieces)"]
    assert not dear.any() or at[dear].max() < info.crossover
    assert not dear[at >= info.crossover].any()
    return "long_text.reading.cost", facts | {"crossover": info.crossover}


@of("segment_memory.Reach")
def reach(info, table):
    last = table[table["query"] == table["query"].max()]
    facts = {way: (last[way] != "not seen").sum() for way in ("one", "windows", "transformer_xl", "xlnet")}
    return "long_text.reading.reach", facts | {"segment": (last["xlnet"] == "from the cache").sum()}


@of("softmax.Microscope")
def microscope(info, table):
    values = list(table["x"])
    p = table["softmax (float64)"]
    facts = {
        "top": p.max(),
        "n": len(values),
        "spectral": np.abs(np.linalg.eigvalsh(np.diag(p) - np.outer(p, p))).max(),
    }
    if len(values) == 1:
        return "softmax.reading.one", facts
    if len(set(values)) == 1:
        return "softmax.reading.equal", facts
    ties_ = values.count(max(values))
    facts |= {"tied": ties_, "gap": max(values) - sorted(values)[-2]}
    if ties_ > 1:
        return "softmax.reading.tied", facts
    return "softmax.reading." + ("dead" if facts["spectral"] < 1e-3 else "open"), facts


@of("softmax.ExampleCurve")
def example_curve(info, table):
    a, third = table["a"], table["p3 (float64)"]
    low, high = a[third < 0.99].max(), a[third >= 0.99].min()
    while high - low > 1e-9:  # on the curve itself, whatever the grid
        middle = (low + high) / 2
        low, high = (middle, high) if 1 / (1 + 2 * math.exp(-middle)) < 0.99 else (low, middle)
    first, last = a[~table["p3, naive (float32)"].isna()].max(), a[table["p3, naive (float32)"].isna()].min()
    while last - first > 1e-6:
        middle = (first + last) / 2
        with np.errstate(over="ignore"):
            fits = bool(np.isfinite(np.exp(np.float32(2 * middle))))
        first, last = (middle, last) if fits else (first, middle)
    return "softmax.reading.curve", {"above": high, "broken": last}


@of("without_ffn.Miniature")
def miniature(info, table):
    each = table.drop_duplicates(["model", "seed"]).set_index("model")
    full, without = each.loc["full"], each.loc["without"]
    facts = {"full": full["held-out loss (nats)"].mean(), "without": without["held-out loss (nats)"].mean()}
    for name, column in (("parameters", "parameters"), ("milliseconds", "training step (ms of one core)")):
        facts[name] = 1 - without[column].mean() / full[column].mean()
    facts |= {"seeds": len(without), "verb": full["verb"].mean(), "verb_without": without["verb"].mean()}
    a, b = full["held-out loss (nats)"], without["held-out loss (nats)"]
    key = "better" if (b.to_numpy()[:, None] < a.to_numpy()).all() else "overlap"
    key = "worse" if (b.to_numpy()[:, None] > a.to_numpy()).all() else key
    return f"without_ffn.reading.{key}", facts


@of("without_ffn.Alike")
def alike(info, table):
    last = table[table["after layer"] == table["after layer"].max()]
    reference = info.of.models[0]
    others = last[~((last["model"] == reference.kind) & (last["seed"] == reference.seed))]
    cka = others.groupby("model")["CKA with the reference"].mean()
    probe = others.groupby("model")[f"probe, {info.of.probed}"].mean()
    losses = last.groupby("model")["held-out loss (nats)"].mean()
    facts = {f"{kind}_cka": value for kind, value in cka.items()} | {f"{kind}_probe": v for kind, v in probe.items()}
    facts |= {"unscaled_loss": losses["unscaled"], "loss": max(losses["full"], losses["without"])}
    blind = cka["unscaled"] >= min(cka["full"], cka["without"]) - 0.05
    blind &= probe["unscaled"] < min(probe["full"], probe["without"]) - 0.1 and losses["unscaled"] > facts["loss"]
    return "without_ffn.reading." + ("blind" if blind else "seen"), facts


@of("task_head.Outcome")
def outcome(info, table):
    facts = {"right": table["right"].sum(), "of": len(table)}
    wrong = Counter(
        (a, b) for a, b, ok in zip(table["label"], table["predicted"], table["right"], strict=True) if not ok
    )
    if not wrong:
        return "task_head.reading.perfect", facts
    times = max(wrong.values())
    equal = sorted(pair for pair, n in wrong.items() if n == times)
    facts |= {"label": equal[0][0], "wrong": equal[0][1], "times": times, "pairs": len(equal)}
    return "task_head.reading.confusion" + (".equal" if len(equal) > 1 else ""), facts


@of("task_head.Comparison")
def comparison(info, table):
    ways = table.set_index("way")["held-out accuracy"]
    facts = {"train": table["texts"][0], "test": table["held_out"][0], "labels": len(set(info.data.labels)), **ways}
    facts |= {"seed": info.parts.seed}
    key = "both" if {"frozen", "tuned"} <= set(ways.index) else "frozen" if "frozen" in ways.index else "before"
    return f"task_head.reading.{key}", facts


@of("task_head.Road")
def road(info, table):
    rows = table.set_index("station")
    total, trained = rows["parameters"].sum(), rows[rows["trained in fine-tuning"]]["parameters"].sum()
    end = ".span" if "legal" in rows.index else ""
    return f"task_head.reading.road{end}", {
        "new": rows["parameters"]["classifier"], "total": total, "labels": info.labels, "trained": trained,
        "share": trained / total,
    }  # fmt: skip


@of("trained_task.TaskScores")
def trained_task(info, table):
    facts = {"learnt": info.n_learnt, "held": len(info.held), "seed": info.seed}
    if table.empty:
        return "trained_task.reading.before", facts
    measure = "F1" if info.task == "name" else "right"
    written = table[table["held out"] == "written"].set_index("way")
    others = written.drop("tuned", errors="ignore")[measure]
    facts |= {"simple": others.max(), "texts": written["texts"].iloc[0]}
    if "tuned" not in written.index:
        return "trained_task.reading.simple", facts
    facts |= table[table["way"] == "tuned"].set_index("held out")[measure].to_dict()
    facts |= {"low": written["from"]["tuned"], "high": written["to (95 %)"]["tuned"]}
    # McNemar's idea, drawn again with another generator: how often the difference has the other sign.
    rows = [at for at, one in enumerate(info.held) if one.side == "written"]
    drawn = np.random.default_rng(9).choice(rows, (4_000, len(rows)))
    tuned, other = (info.counts[way][drawn].sum(1) for way in ("tuned", others.idxmax()))
    gain = 2 * tuned[:, 0] / tuned[:, 1:].sum(1).clip(1) - 2 * other[:, 0] / other[:, 1:].sum(1).clip(1)
    kind = "ahead" if (gain <= 0).mean() < 0.025 else "behind" if (gain >= 0).mean() < 0.025 else "even"
    return f"trained_task.reading.{kind}", facts


@of("answer.Answer")
def answer(info, table):
    inside = table[table["in the passage"]]
    none = table["score as start"][0] + table["score as end"][0]
    if inside.empty:
        return "trained_task.answer.nothing", {}
    sums = {
        (a, b): table["score as start"][a] + table["score as end"][b]
        for a in inside["position"] for b in inside["position"] if a <= b < a + 16
    }  # fmt: skip
    (a, b), best = max(sums.items(), key=lambda one: one[1])
    total = sum(np.exp(value) for value in sums.values()) + np.exp(none)
    text = info.encoded.pair[info.encoded.offsets[a][0] : info.encoded.offsets[b][1]]
    facts = {"none": none, "text": text, "share": np.exp(max(best, none)) / total}
    if none >= best:
        return "trained_task.answer.none", facts | {"other": best}
    assert table["in the best answer"].sum() == b - a + 1
    start, end = table["score as start"][a], table["score as end"][b]
    return "trained_task.answer.found", facts | {"score": best, "start": start, "end": end}


@of("sentences.Similarities")
def similarities(info, table):
    names = [name for name in ("mean", "cls") if f"cosine, {name}" in table]
    end = "" if "cls" in names else ".no_cls"
    if info.scores is None:
        return f"sentences.reading.plain{end}", {name: table[f"cosine, {name}"].mean() for name in names}
    facts = {"n": len(info.listed.sentences), "depth": info.depth}
    far = table[~table["same group"]]
    for name in names:
        facts |= {f"far_{name}": far[f"cosine, {name}"].mean(), name: _pair_score(info, name)}
    return f"sentences.reading.matrices{end}", facts


def _pair_score(info, name):
    """Related before unrelated, by hand: every related one against every unrelated one, mean over the sentences."""
    groups, cosine, scores = info.listed.groups, info.cosine[name], []
    for at in range(len(groups)):
        near = [b for b in range(len(groups)) if b != at and groups[b] == groups[at]]
        far = [b for b in range(len(groups)) if groups[b] != groups[at]]
        wins = [
            1.0 if cosine[at, a] - cosine[at, b] > 1e-9 else 0.5 if abs(cosine[at, a] - cosine[at, b]) <= 1e-9 else 0.0
            for a in near for b in far
        ]  # fmt: skip
        scores += [np.mean(wins)] if wins else []
    return np.mean(scores)


@of("sentences.Ranking")
def sentence_ranking(info, table):
    by = dict(list(table.groupby("pooling")))
    names = [name for name in ("mean", "cls") if name in by]
    end = "" if "cls" in names else ".no_cls"
    n = by["mean"]["same group"].sum()
    facts = {"sentence": info.listed.sentences[info.chosen], "n": n}
    if n == 0:
        return f"sentences.reading.alone{end}", facts | {
            name: by[name].sort_values("cosine", ascending=False, kind="stable")["sentence"].iloc[0]
            for name in names
        }  # fmt: skip
    hits = {name: by[name][by[name]["rank"] <= n]["same group"].sum() for name in names}
    return f"sentences.reading.ranking{end}", facts | hits | {"even": n * n / (len(info.listed.sentences) - 1)}


@of("sentences.ByDepth")
def by_depth(info, table):
    poolings = [name for name in table if name not in ("layers passed", "chance")]
    best = table[poolings].max().idxmax()
    facts = {"value": table[best].max(), "depth": table["layers passed"][table[best].idxmax()]}
    facts |= {name: table[name].iloc[-1] for name in poolings} | {"chance": table["chance"][0]}
    return f"sentences.reading.layers.{best}{'' if 'cls' in poolings else '.no_cls'}", facts


@of("sentences.SentenceMap")
def sentence_map(info, table):
    return "sentences.reading.map", {"explained": info.explained}


@of("removal.Removal")
def removed(info, table):
    row = table.iloc[-1]
    probe = f"probe “{info.label}”"
    facts = {
        "cosine": row["cosine of mean vectors with the untouched model"],
        "cka": row["CKA with the untouched model (unbiased)"],
        "strangers": row["cosine of two different texts, untouched"],
        "own": row[f"{probe}, untouched"], "left": row[f"{probe}, changed"], "majority": row["majority class"],
    }  # fmt: skip
    still = facts["left"] > facts["own"] - 0.1 and facts["left"] > facts["majority"] + 0.05
    return "without_ffn.reading." + ("moved" if still and facts["cka"] < 0.5 else "removed"), facts


@of("removal.Sweep")
def removal_sweep(info, table):
    single, last = table.iloc[:-1], table.iloc[-1]
    column = "cosine of mean vectors"
    return "without_ffn.reading.sweep", {
        "worst": single[column].idxmin(), "best": single[column].idxmax(), "low": single[column].min(),
        "high": single[column].max(), "all": last[column], "cka": last["CKA (unbiased)"],
        "strangers": info.removals[0].strangers[-1],
    }  # fmt: skip


@of("token_task.TokenScores")
def token_scores(info, table):
    row, best = table.iloc[info.depth], table["held-out accuracy"].idxmax()
    return "token_task.reading", {
        "depth": row["layers passed"], "accuracy": row["held-out accuracy"], "majority": row["majority"],
        "control": row["shuffled labels"], "n": row["tokens held out"], "texts": info.n_texts[1],
        "train": info.n_texts[0], "best": table["layers passed"][best], "most": table["held-out accuracy"][best],
        "seed": row["seed"],
    }  # fmt: skip


@of("token_task.Marked")
def marked(info, table):
    asked = table[table["label"].notna()]
    return "token_task.reading.text", {"right": (asked["label"] == asked["predicted"]).sum(), "of": len(asked)}


@of("curated_list.Shelf")
def shelf(info, table):
    here = [stored.n_bytes for stored in info.here]
    small, large_ = table.loc[table["million parameters"].idxmin()], table.loc[table["million parameters"].idxmax()]
    titles = {model.repo: model.title for model in info.models}
    return "any_model.reading", {
        "here": len(here), "mb": sum(here) // 10**6, "small": titles[small["id"]], "large": titles[large_["id"]],
        "ratio": round(large_["million parameters"] / small["million parameters"]),
    }  # fmt: skip


@of("own_argmax.OwnRows")
def own_rows(info, table):
    lost = table[table["word"] != table["argmax"]]
    facts = {"share": 1 - len(lost) / len(info.words), "words": len(info.words)}
    gap = table["own length / its length"] - table["cosine"]
    if lost.empty:
        return "tied.reading.rows.all", facts | {"closest": gap.min()}
    row = table.loc[gap.idxmin()]
    return "tied.reading.rows.some", facts | {
        "n": len(lost), "word": row["word"], "rival": row["argmax"], "own": row["length"],
        "longer": row["length"] / row["own length / its length"], "cosine": row["cosine"],
    }  # fmt: skip


@of("curves.TwoTrainings")
def trainings(info, table):
    if info.a.setting.rate != info.b.setting.rate:
        return asked_differently(info, table)
    ends = {}
    for name in ("a", "b"):
        ends[name] = table[table["model"] == name.upper()]
        if ends[name].empty:
            if info.a.band is None or info.b.band is None:
                return "training_lab.reading.nothing", {}
            (low_a, a, high_a), (low_b, b, high_b) = info.a.band.final, info.b.band.final
            apart = high_a < low_b or high_b < low_a
            return f"training_lab.reading.band_{'apart' if apart else 'overlap'}", {
                "a": a, "b": b, "n_seeds": info.a.band.n_seeds,
            }  # fmt: skip
    step = min(rows["step"].max() for rows in ends.values())
    facts = {"step": step}
    for name, rows in ends.items():
        facts[name] = rows[(rows["step"] > step - 100) & (rows["step"] <= step)]["loss (nats)"].mean()
    if info.a.setting == info.b.setting:
        return "training_lab.reading.equal", facts
    if not info.over:
        return "training_lab.reading.running", facts
    facts |= {"gap": abs(facts["a"] - facts["b"]), "seeds": 0.25}
    key = "same" if facts["gap"] <= 0.25 else "a_lower" if facts["a"] < facts["b"] else "b_lower"
    return f"training_lab.reading.{key}", facts


def asked_differently(info, table):
    if table.empty:
        ends = [pd.Series(exams(one.setting), dtype=float) for one in (info.a, info.b)]
        both = pd.concat(ends, axis=1, keys=["a", "b"]).dropna()
        if len(both) < 3:
            return "training_lab.reading.nothing", {}
        return "training_lab.reading.asked_before", {
            "seeds": len(both), "won": (both["b"] < both["a"]).sum(), "a": both["a"].mean(), "b": both["b"].mean(),
        }  # fmt: skip
    tests = table.pivot_table(index="step", columns="model", values="loss on the examination (nats)").dropna()
    if tests.empty or set(tests.columns) != {"A", "B"}:
        return "training_lab.reading.asked_wait", {}
    last = tests.iloc[-1]
    return "training_lab.reading.asked", {"step": tests.index[-1], "a": last["A"], "b": last["B"]}


@of("dial_curves.DialCurves")
def dials(info, table):
    facts, columns = {"layer": info.layer}, {"w_q": "gradient norm of W_Q", "w_k": "gradient norm of W_K"}
    live = table[table["of"] == "this training"]
    for name in "ab":
        rows = table[table["model"] == name.upper()]
        if rows.empty:
            return "training_lab.dials.none", facts
        own = rows[rows["of"] == "this training"] if (live["model"] == name.upper()).any() else rows
        for short, column in columns.items():
            facts |= {f"{name}_{short}_low": own[column].min(), f"{name}_{short}_high": own[column].max()}
        facts[f"{name}_times"] = math.exp(np.ptp(np.log(own[columns["w_q"]])))
        dead = own if own is not rows else rows[rows["of"] == "mean of the seeds"]
        facts[f"{name}_dead"] = dead["share of dead rows"].iloc[-1]
    if len(live):
        return "training_lab.dials.run", facts

    def at(model, of_, column):
        rows = table[(table["model"] == model) & (table["of"] == of_)]
        return rows.set_index("step")[column].reset_index(drop=True)

    low, high = "lowest of the seeds", "highest of the seeds"
    above = pd.concat([at("B", low, one) > at("A", high, one) for one in columns.values()], axis=1).all(axis=1)
    below = pd.concat([at("B", high, one) < at("A", low, one) for one in columns.values()], axis=1).all(axis=1)
    facts |= {"seeds": info.a.bands["w_k"].n_seeds, "readings": len(above)}
    facts |= {"above": above.sum(), "below": below.sum()}
    key = "larger" if above.mean() > 0.5 else "smaller" if below.mean() > 0.5 else "open"
    return f"training_lab.dials.{key}", facts


@of("compared.Compared")
def ranks(info, table):
    field = table.columns[0]
    by = table.pivot(index="seed", columns=field, values="loss on the examination (nats)")
    pairs = list(combinations(by.columns, 2))
    kept = sum((by[a] < by[b]).all() or (by[a] > by[b]).all() for a, b in pairs)
    means = by.mean().sort_values()
    facts = {
        "pairs": len(pairs), "stable": kept, "seeds": len(by), "best": means.iloc[0], "worst": means.iloc[-1],
        "between": (by.max() - by.min()).max(),
    }  # fmt: skip
    if field != "rate":
        return f"training_lab.compared.{'all' if kept == len(pairs) else 'some'}", facts
    best = means.index[0]
    facts |= {"best_rate": best, "worst_rate": means.index[-1], "usual": means[0.15]}
    facts["won"] = (by[best] < by[0.15]).sum()
    return f"training_lab.compared.{'usual' if best == 0.15 else 'rates'}", facts


@of("curves.RateSweep")
def rates(info, table):
    scaled, other = (table[f"{name}, mean loss of the seeds (nats)"] for name in ("scaled", "unscaled"))
    rate = table["learning rate"]
    return "training_lab.reading.rates", {
        "best_rate": rate[scaled.idxmin()], "best": scaled.min(), "worst_rate": rate[scaled.idxmax()],
        "worst": scaled.max(), "other_rate": rate[other.idxmin()], "other": other.min(),
        "by_rate": scaled.max() - scaled.min(), "by_scale": other.min() - scaled.min(),
    }  # fmt: skip


@of("answers.Answers")
def answers(info, table):
    if table.empty:
        return "course.reading.none", {}
    counted = Counter(table["result"])
    return "course.reading", {
        "met": len(table), "answered": counted["right"] + counted["wrong"], "right": counted["right"],
    }  # fmt: skip


@of("summary.Summary")
def class_summary(info, table):
    votes = table[table["result"] != "raised"]
    if votes.empty:
        return "room.reading.none", {"joined": info.joined}
    return "room.reading", {
        "joined": info.joined, "votes": len(votes), "asked": len(votes.groupby(["lesson", "stop"])),
        "right": (votes["result"] == "right").sum(),
    }  # fmt: skip


@of("class_texts.ClassTexts")
def lent_texts(info, table):
    if table.empty:
        return "class_texts.reading.none", {}
    unit = {"peaked": "share of rows with a probability over 0.9", "trace": "mean trace of the Jacobian"}[info.measure]
    where = "all" if info.everywhere else f"layer {info.layer} head {info.head}"
    own, changed = (f"{unit}, {where}, {how}" for how in ("with the scale", "without the scale"))
    by = table.sort_values(changed, ascending=info.measure == "trace", kind="stable")
    first, last = by.iloc[0], by.iloc[-1]
    assert list(by["name"]) == list(table["name"]) or by[changed].nunique() < len(by)
    facts = {"name": first["name"], "own": first[own], "changed": first[changed]}
    if abs(first[changed] - last[changed]) < 1e-6:
        return f"class_texts.reading.{info.measure}.even", facts | {"n": len(table)}
    return f"class_texts.reading.{info.measure}", facts | {"last": last["name"], "last_changed": last[changed]}
