"""Two one-directional stacks and BERT: what each is shown, and what the stored trainings say."""

from random import Random

from explorer.analysis.models.stacks_compared import READERS
from explorer.training.grammar import sentence
from explorer.training.two_stacks import Stacks, asked


def test_each_reader_is_shown_its_side_alone():
    """Another word behind the gap moves what the backward stack says and leaves the forward one as it was, and so on.

    The word at the place itself moves nobody."""
    stacks = Stacks(0, steps=2)
    stacks.train()
    line = stacks.batches.line([sentence(Random(3))])
    place, other = len(line.ids) // 2, line.ids[1]
    said = stacks.logits([line], [place])
    moved = {}
    for at in (place - 1, place, place + 1):
        ids = [other + 1 if i == at else one for i, one in enumerate(line.ids)]
        again = stacks.logits([type(line)(tuple(ids), line.segments)], [place])
        moved[at - place] = {name for name in READERS if (again[name] - said[name]).abs().max() > 1e-6}
    assert moved == {-1: {"forward", "joined", "both"}, 0: set(), 1: {"backward", "joined", "both"}}


def test_a_few_steps_lower_the_loss_and_repeat():
    first, again, longer = Stacks(1, steps=1), Stacks(1, steps=1), Stacks(1, steps=12)
    for stacks in (first, again, longer):
        stacks.train()
    one = asked(first, "any", 32)
    assert one == asked(again, "any", 32)
    assert all(asked(longer, "any", 32)[name][0] < one[name][0] for name in READERS)
