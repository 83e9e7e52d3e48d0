"""Windows through the model: one alone is the plain run, the others are runs of their own text."""

import weakref
from threading import Thread

import pytest
import torch

from explorer import ModelSpec, load, run
from explorer.analysis.use.windows import spans
from explorer.capture import windows as capture_windows
from explorer.capture.windows import TOKENS, window_states, window_vectors
from explorer.errors import NoWeights
from explorer.models.document import document

TEXT = "The river rose by night and the old bridge fell. " * 30


def test_one_window_is_the_plain_run_to_the_bit(minilm):
    text = "The animal didn't cross the street because it was too tired."
    found, seen = document(minilm, text), run(minilm, text)
    span = (0, len(found.ids))
    assert torch.equal(window_states(minilm, found, span), seen.hidden[-1][0, 1:-1])
    (vector,) = window_vectors(minilm, found, [span])
    torch.testing.assert_close(vector[0], seen.hidden[-1][0].mean(0), atol=1e-6, rtol=0)


def test_each_window_is_a_run_of_its_own_text(minilm):
    found = document(minilm, TEXT)
    cuts = spans(len(found.ids), 60, 25)
    vectors = torch.cat(list(window_vectors(minilm, found, cuts)))
    assert len(vectors) == len(cuts) > TOKENS // 62 / 2
    for at in (0, 3, len(cuts) - 1):
        alone = run(minilm, found.excerpt(*cuts[at]))
        assert alone.encoded.ids[0, 1:-1].tolist() == found.ids[slice(*cuts[at])].tolist()
        # 1e-5: a batch adds in another order than one text alone.
        torch.testing.assert_close(vectors[at], alone.hidden[-1][0].mean(0), atol=1e-5, rtol=0)


def test_the_shorter_last_window_is_not_diluted_by_its_padding(tiny):
    found = document(tiny, TEXT)
    cuts = [(0, 50), (50, 53)]
    together = torch.cat(list(window_vectors(tiny, found, cuts)))
    (alone,) = window_vectors(tiny, found, cuts[1:])
    torch.testing.assert_close(together[1], alone[0], atol=1e-6, rtol=0)


def test_visitors_do_not_disturb_each_other(tiny):
    found = document(tiny, TEXT)
    cuts = spans(len(found.ids), 40, 20)
    expected, got = torch.cat(list(window_vectors(tiny, found, cuts))), {}

    def work(name: int) -> None:
        got[name] = torch.cat(list(window_vectors(tiny, found, cuts)))

    threads = [Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(torch.equal(vectors, expected) for vectors in got.values()) and len(got) == 4


def test_memory_does_not_grow_with_the_document(tiny, monkeypatch):
    """While a batch is handed out, the states of every batch before it are gone: only its vectors live on."""
    found, alive = document(tiny, TEXT * 20), []
    cuts = spans(len(found.ids), 60, 20)
    run_batch = capture_windows._states

    def watched(*arguments):
        states = run_batch(*arguments)
        alive.append(weakref.ref(states))
        return states

    monkeypatch.setattr(capture_windows, "_states", watched)
    for batch in window_vectors(tiny, found, cuts):
        assert sum(state() is not None for state in alive) <= 1
        assert batch.untyped_storage().nbytes() == batch.nbytes, "a view would keep all states of its batch"
    assert len(alive) > 10


def test_a_model_without_weights_says_so(minilm):
    bare, read = load(ModelSpec("meta", "bert")), document(minilm, "hi")
    with pytest.raises(NoWeights):
        window_states(bare, read, (0, 1))
    with pytest.raises(NoWeights):
        next(window_vectors(bare, read, [(0, 1)]))
