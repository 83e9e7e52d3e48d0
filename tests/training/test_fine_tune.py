"""Fine-tuning: the copy equals the model, the shared model is untouched, same seed same result, better than chance."""

from dataclasses import replace
from threading import Thread

import numpy as np
import pytest
import torch

from explorer import load, run
from explorer.analysis.use.labelled_texts import labelled_texts
from explorer.analysis.use.task_head import majority, road, stratified
from explorer.errors import TuningImpossible
from explorer.home import ASSETS
from explorer.models.registry import MADE
from explorer.models.spec import ModelSpec
from explorer.training import two_ways as kept_ways
from explorer.training.fine_tune import (
    Dropout,
    Epoch,
    Network,
    Recipe,
    Step,
    Tuned,
    below,
    fine_tune,
    padded,
    predicted,
)
from explorer.training.goals import Classes
from explorer.training.two_ways import Frozen, two_ways

WORDS = ("sun", "rain", "wind", "snow", "cat", "dog", "cow", "hen")
TABLE = "".join(f"the {word} {n},{'sky' if at < 4 else 'animal'}\n" for at, word in enumerate(WORDS) for n in range(3))


@pytest.fixture(scope="module")
def data():
    return labelled_texts(TABLE)


def trained(handle, data, recipe, seed=0):
    parts = stratified(data.codes, seed)
    events = list(fine_tune(handle, data.texts, Classes(data.codes, len(data.names)), parts, recipe))
    return events, parts


def test_the_copy_is_the_model_and_its_head_the_librarys(tiny, data):
    """Embedding through copied layers, pooler and classifier = BertForSequenceClassification with these weights."""
    from transformers import BertForSequenceClassification

    network = Network(tiny, 2, 3, torch.Generator().manual_seed(0)).eval()
    config = type(tiny.config).from_dict(tiny.config.to_dict() | {"num_labels": 3})
    reference = BertForSequenceClassification._from_config(config, attn_implementation="eager").eval()
    reference.bert.load_state_dict(tiny.base.state_dict())
    reference.classifier.load_state_dict(network.classifier.state_dict())
    texts = ["hi", "a much longer text of several words", "two words"]
    found = predicted(tiny, network, texts)
    for row, text in zip(found, texts, strict=True):
        encoded = run(tiny, text).encoded
        with torch.no_grad():
            logits = reference(encoded.ids, encoded.mask, encoded.segments).logits
        assert np.abs(row - logits.softmax(-1)[0].double().numpy()).max() <= 1e-6


def test_the_shared_model_is_untouched(tiny, data):
    before = {name: tensor.clone() for name, tensor in tiny.model.state_dict().items()}
    own = {id(p) for p in tiny.model.parameters()}
    places = {p.data_ptr() for p in tiny.model.parameters()}
    events, _ = trained(tiny, data, Recipe(layers=2, epochs=2))
    network = events[-1].network
    assert all(torch.equal(before[name], tensor) for name, tensor in tiny.model.state_dict().items())
    assert not any(p.requires_grad or p.grad is not None for p in tiny.model.parameters())
    assert not any(id(p) in own or p.data_ptr() in places for p in network.parameters())
    assert not tiny.model.training
    assert all(p.grad is None and not p.requires_grad for p in network.parameters())  # nothing more than the weights


def test_only_what_is_named_is_trained(tiny, data):
    for layers in (0, 1, 3):
        events, _ = trained(tiny, data, Recipe(layers=layers, epochs=1))
        assert events[-1].parameters == road(tiny, 2, layers).trained
        changed = [
            not torch.equal(a, b)
            for own, copied in zip(tiny.layers[3 - layers :], events[-1].network.layers, strict=True)
            for a, b in zip(own.parameters(), copied.parameters(), strict=True)
        ]
        # A key's bias adds the same to every score of a row: its gradient is 0 but for rounding, and AdamW moves it.
        assert all(changed)


def test_same_seed_same_result_whatever_others_draw(tiny, data):
    recipe = Recipe(layers=2, epochs=3, seed=5)
    first, _ = trained(tiny, data, recipe)
    stop = []
    noise = Thread(target=lambda: [torch.rand(100) for _ in iter(lambda: bool(stop), True)])
    noise.start()
    second, _ = trained(tiny, data, recipe)
    stop.append(1)
    noise.join()
    assert [e.loss for e in first[:-1]] == [e.loss for e in second[:-1]]
    assert np.array_equal(first[-1].probabilities, second[-1].probabilities)
    other, _ = trained(tiny, data, Recipe(layers=2, epochs=3, seed=6))
    assert not np.array_equal(first[-1].probabilities, other[-1].probabilities)


def test_events(tiny, data):
    events, parts = trained(tiny, data, Recipe(layers=1, epochs=2, batch=4))
    steps = [e for e in events if isinstance(e, Step)]
    epochs = [e for e in events if isinstance(e, Epoch)]
    assert len(steps) == 2 * -(-len(parts.train) // 4) == steps[-1].of == steps[-1].number
    assert [e.number for e in epochs] == [0, 1, 2] and epochs[0].loss is None
    assert isinstance(events[-1], Tuned) and events[-1].probabilities.sum(1) == pytest.approx(1)
    assert epochs[-1].held_out == (events[-1].probabilities.argmax(1) == data.codes[parts.test]).mean()


def test_held_out_texts_are_not_learnt_from(tiny, data):
    """Other labels on the held-out texts change the judgement, not the network."""
    parts = stratified(data.codes, 0)
    codes = data.codes.copy()
    codes[parts.test] = 1 - codes[parts.test]
    recipe = Recipe(layers=1, epochs=2)
    for one, other in zip(
        fine_tune(tiny, data.texts, Classes(data.codes, 2), parts, recipe),
        fine_tune(tiny, data.texts, Classes(codes, 2), parts, recipe),
        strict=True,
    ):
        if isinstance(one, Step):
            assert one.loss == other.loss
        if isinstance(one, Tuned):
            assert np.array_equal(one.probabilities, other.probabilities)


def test_the_steps_are_those_of_the_lesson(tiny, data):
    """Rates 2e-4 and 1e-3, rising for a tenth of the steps and falling to 0, gradients clipped at 1: written again."""
    events, parts = trained(tiny, data, Recipe(layers=2, epochs=5, seed=7, batch=4))
    theirs = [e.loss for e in events if isinstance(e, Step)]
    generator = torch.Generator().manual_seed(7)
    network = Network(tiny, 2, 2, generator).train()
    inputs, labels = below(tiny, data.texts, 2), torch.tensor(data.codes)
    groups = [[*network.pooler.parameters(), *network.classifier.parameters()], [*network.layers.parameters()]]
    optimiser = torch.optim.AdamW([{"params": group} for group in groups], weight_decay=0.01)
    ours, lengths, n = [], [], len(theirs)
    for at in range(n):
        if at % (n // 5) == 0:
            order = torch.randperm(len(parts.train), generator=generator)
        rows = parts.train[order[4 * (at % (n // 5)) :][:4]]
        share = min((at + 1) / round(n / 10), (n - at) / (n - round(n / 10) + 1))
        for group, rate in zip(optimiser.param_groups, (1e-3, 2e-4), strict=True):
            group["lr"] = rate * share
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(*padded([inputs[row] for row in rows])), labels[rows])
        loss.backward()
        grads = [p.grad for group in groups for p in group]
        lengths.append(float(torch.stack([g.norm() for g in grads]).norm()))
        for g in grads:
            g.mul_(min(1, 1 / (lengths[-1] + 1e-6)))
        optimiser.step()
        ours.append(loss.item())
    assert max(lengths) > 1.5, "else nothing was clipped and the test says nothing of it"
    assert theirs == pytest.approx(ours, rel=1e-5)  # the norm is added up in another order


def test_the_head_drops_out_while_it_learns(tiny):
    network = Network(tiny, 0, 2, torch.Generator().manual_seed(0)).train()
    hidden = padded(below(tiny, ["one text of five words"], 0))
    assert not torch.equal(network(*hidden), network(*hidden))
    network.eval()
    assert torch.equal(network(*hidden), network(*hidden))


def test_dropout():
    drop = Dropout(0.5, torch.Generator().manual_seed(0))
    x = torch.ones(10_000)
    drawn = drop.train()(x)
    assert set(drawn.tolist()) == {0.0, 2.0} and drawn.mean() == pytest.approx(1, abs=0.05)
    assert torch.equal(drop.eval()(x), x)


def test_a_copy_that_differs_is_refused(tiny, data):
    network = Network(tiny, 2, 2, torch.Generator().manual_seed(0)).eval()
    with torch.no_grad():
        network.layers[0].attention.self.query.weight *= 3
    with pytest.raises(TuningImpossible):
        below(tiny, ["a text"], 2, check=network)


def test_both_ways_beat_the_majority_on_the_fourteen_intents():
    """Chance is 1 in 14; one layer and three passes keep the test short (the page trains two layers, six passes)."""
    handle, found = load(), labelled_texts((ASSETS / "examples/intents.csv").read_bytes())
    assert len(found.names) == 14 and len(found.texts) == len(set(found.texts)) == 224
    parts = stratified(found.codes, 0)
    assert majority(found.codes, parts) == pytest.approx(1 / 14)
    events = list(two_ways(handle, found, parts, "mean", Recipe(layers=1, epochs=3)))
    assert isinstance(events[0], Frozen) and events[0].outcome.accuracy >= 0.85
    right = (events[-1].probabilities.argmax(1) == found.codes[parts.test]).mean()
    assert right >= 0.6
    assert found.names[events[0].predicted(handle, "Will it snow on Monday?").argmax()] == "weather"
    assert found.names[predicted(handle, events[-1].network, ["Will it snow on Monday?"])[0].argmax()] == "weather"


def test_the_stored_result_is_of_the_default_settings_and_of_these_texts():
    """What `make tasks` has stored, judged once more; nothing else is shown as if it had been made so."""
    for spec, language in kept_ways.SHIPPED.items():
        data = kept_ways.example(language)
        assert len(data.names) == 14 and {data.labels.count(name) for name in data.names} == {16}
        parts = stratified(data.codes, kept_ways.RECIPE.seed)
        kept = kept_ways.stored(spec, data, kept_ways.POOLING, kept_ways.RECIPE)
        if kept is None:  # this model is made on request, and its result where it is
            assert spec in MADE.values()
            continue
        assert set(kept.outcomes) == {"frozen", "tuned"}
        for outcome in kept.outcomes.values():
            np.testing.assert_allclose(outcome.probabilities.sum(1), 1, atol=1e-4)
            # Held-out labels are the same in every split; which texts were held out is not.
            np.testing.assert_array_equal(outcome.parts.test, parts.test)
            right = outcome.probabilities.argmax(1) == data.codes[parts.test]
            assert outcome.accuracy == right.mean() > 0.6
        assert [number for number, _ in kept.curve] == list(range(kept_ways.RECIPE.epochs + 1))
        assert kept.curve[-1][1] == kept.outcomes["tuned"].accuracy
        assert kept_ways.stored(spec, data, "max", kept_ways.RECIPE) is None
        assert kept_ways.stored(spec, data, kept_ways.POOLING, replace(kept_ways.RECIPE, seed=1)) is None
        fewer = labelled_texts(kept_ways.EXAMPLES[language].read_bytes()[:3000].rsplit(b"\n", 1)[0])
        assert kept_ways.stored(spec, fewer, kept_ways.POOLING, kept_ways.RECIPE) is None
    assert kept_ways.stored(ModelSpec("config", "bert"), data, kept_ways.POOLING, kept_ways.RECIPE) is None


def test_the_stored_frozen_way_is_that_of_today(minilm):
    """Logistic regression on the vectors of the model that ships: quick enough to be made again."""
    data = kept_ways.example()
    kept = kept_ways.stored(minilm.spec, data, kept_ways.POOLING, kept_ways.RECIPE)
    first = next(two_ways(minilm, data, stratified(data.codes, 0), kept_ways.POOLING, kept_ways.RECIPE))
    np.testing.assert_allclose(kept.outcomes["frozen"].probabilities, first.outcome.probabilities, atol=2e-3)
