"""The texts of the three tasks: what is held out is held out, and every truth can be found in its text."""

import re

import pytest

from explorer.analysis.use.task_texts import HELD_OUT, LABELS, LEARNT, TASKS, examples, words

SEEDS = (0, 7)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("task", TASKS)
def test_no_text_is_on_two_sides_and_hundreds_are_there(task, seed):
    found = examples(task, seed)
    assert len({one.texts for one in found}) == len(found)
    sides = {side: sum(one.side == side for one in found) for side in (LEARNT, *HELD_OUT)}
    assert sides[LEARNT] >= 200 and all(sides[side] >= 30 for side in HELD_OUT), sides
    assert found == examples.__wrapped__(task, seed) and found != examples(task, seed + 1)


def test_no_word_is_on_two_sides():
    for slot, (learnt, held) in words().items():
        assert not set(learnt) & set(held), slot
        assert min(len(learnt), len(held)) >= 5, slot


@pytest.mark.parametrize("task", TASKS)
def test_held_out_words_are_never_learnt_from(task):
    """In whatever slot they stand; a word that is also a word of the templates' own is not asked about."""
    learnt = " ".join(" ".join([one.first, one.second or ""]) for one in examples(task, 0) if one.side == LEARNT)
    for slot in ("person", "city", "year", "animal"):
        for word in words()[slot][1]:
            assert not re.search(rf"\b{re.escape(word)}\b", learnt), (slot, word)


def _skeleton(text: str) -> str:
    """A text without the words of its slots."""
    for learnt, held in words().values():
        for word in sorted((*learnt, *held), key=len, reverse=True):
            text = re.sub(rf"\b{re.escape(word)}\b", "_", text, flags=re.IGNORECASE)
    return text


@pytest.mark.parametrize("task", ["pair", "name"])
def test_held_out_templates_are_never_learnt_from(task):
    skeletons = {side: {_skeleton(one.first) for one in examples(task, 0) if one.side == side} for side in HELD_OUT}
    learnt = {_skeleton(one.first) for one in examples(task, 0) if one.side == LEARNT}
    assert skeletons["words"] <= learnt
    assert not (skeletons["templates"] | skeletons["written"]) & learnt


@pytest.mark.parametrize("seed", SEEDS)
def test_every_answer_is_asked_for_once_and_some_have_none(seed):
    found = examples("span", seed)
    for side in (LEARNT, *HELD_OUT):
        some = [one for one in found if one.side == side]
        assert 0.1 <= sum(one.answer is None for one in some) / len(some) <= 0.3
    for one in found:
        if one.answer is not None:
            answer = (one.second or "")[slice(*one.answer)]
            assert answer.strip() == answer != "" and "{" not in one.first + answer


@pytest.mark.parametrize("seed", SEEDS)
def test_labels_are_equally_frequent(seed):
    for side in HELD_OUT[1:]:
        some = [one.label for one in examples("pair", seed) if one.side == side]
        shares = [some.count(label) / len(some) for label in LABELS]
        assert max(shares) <= 0.4, (side, shares)


def test_names_by_hand():
    written = [one for one in examples("name", 0) if one.side == "written"]
    first = next(one for one in written if "Florence Nightingale" in one.first)
    marked = [(first.first[a:b], kind) for a, b, kind in first.names]
    assert marked == [("Florence Nightingale", "PER"), ("Florence", "LOC")]
    assert not any("[" in one.first or "{" in one.first for one in examples("name", 0))
