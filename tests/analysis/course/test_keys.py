"""Every question's answer, on five texts, against transformers' own model; and two texts give two answers."""

import pytest
import torch

from explorer import Scene, load
from explorer.analysis.course.answer import answer
from explorer.analysis.course.keys import KEYS
from explorer.analysis.course.places import PLACES, Place, word
from explorer.course import Question
from explorer.i18n import LANGUAGES
from explorer.models.menu import menu
from explorer.models.registry import OFFERS
from explorer.ui.shell.course import course
from tests.analysis.course.reference import REFERENCE, Plain
from tests.conftest import eager_copy

TEXTS = (
    "The animal didn't cross the street because it was too tired.",
    "Two birds sang in the old tree.",
    "She put the letter back into the drawer and closed it slowly.",
    "Rain fell on the roof all night, and nobody in the house could sleep.",
    "My brother plays the piano better than I do.",
)
ASKED = [
    pytest.param(stop, id=f"{lesson.name}-{number}-{stop.ask.key}")
    for lesson in course("en").values()
    for number, stop in enumerate(lesson.stops, 1)
    if stop.ask and "model" not in stop.state
]


@pytest.fixture(scope="module")
def read():
    """Text → scene and the reference's reading, each made once."""
    handle = load(OFFERS["mini-bert"])
    return {text: (Scene(handle, text), Plain(handle, text)) for text in TEXTS}


def place(scene: Scene, stop):
    """The place of a stop: what it follows, and what it says itself."""
    found = PLACES[stop.follow or "telling"](scene, word(scene)).choices()
    own = {name: stop.state[name] for name in found if name in stop.state}
    dims = scene.handle.dims
    found |= own
    return Place(found["token"], min(found["layer"], dims.n_layers - 1), min(found["head"], dims.n_heads - 1))


@pytest.mark.parametrize("stop", ASKED)
def test_an_answer_equals_plain_transformers(read, stop):
    for text, (scene, plain) in read.items():
        at = place(scene, stop)
        ours = answer(stop.ask, scene, at).value
        theirs = REFERENCE[stop.ask.key](plain, at, **stop.ask.settings)
        if isinstance(theirs, str) or stop.ask.kind == "token":
            assert ours == theirs, text
        else:
            assert ours == pytest.approx(theirs, rel=1e-4, abs=1e-4), text  # float32 through six layers


def test_every_key_is_asked_and_recomputed():
    asked = {
        stop.ask.key for lang in LANGUAGES for lesson in course(lang).values() for stop in lesson.stops if stop.ask
    }
    assert asked == set(KEYS) == set(REFERENCE)


def test_there_are_forty_questions():
    for lang in LANGUAGES:
        assert sum(lesson.n_questions for lesson in course(lang).values()) >= 40


def test_t5_multiplies_with_nothing():
    """A stop that shows another model: T5's own attention is softmax(q kᵀ + bias), by its own eager output."""
    handle = load(menu()["t5-random"])
    assert answer(Question("choice", "?", "own_factor"), Scene(handle, "A bird sings."), Place(0, 0, 0)).value == "one"
    model, ids = eager_copy(handle), torch.tensor([[5, 6, 7, 8]])
    with torch.no_grad():
        out = model.get_encoder()(input_ids=ids, output_attentions=True, output_hidden_states=True)
        block = model.get_encoder().block[0].layer[0]
        own, x = block.SelfAttention, block.layer_norm(out.hidden_states[0])
        q, k = (map_(x).view(1, 4, own.n_heads, -1).transpose(1, 2) for map_ in (own.q, own.k))
        theirs = (q @ k.mT + own.compute_bias(4, 4)).softmax(-1)
    torch.testing.assert_close(out.attentions[0], theirs, atol=1e-6, rtol=1e-5)


# What is not about the text: sizes, softmax, a fixed pair.
FIXED = {
    "spread", "softmax_peak", "own_factor", "temperature", "total", "largest_part", "ffn_share", "word_table",
    "more_heads", "preset_total", "saved_by_thinning", "quadratic_share", "uniform_loss", "classifier_size",
    "second_follows",
}  # fmt: skip


@pytest.mark.parametrize("key", sorted({stop.ask.key for param in ASKED for stop in param.values} - FIXED))
def test_two_texts_give_two_answers(read, key):
    asked = next(stop for param in ASKED for stop in param.values if stop.ask.key == key)
    found = [answer(asked.ask, scene, place(scene, asked)) for scene, _ in read.values()]
    assert len({(one.value, one.fact, one.scores) for one in found}) > 1


def test_an_answer_says_what_it_rests_on(read):
    scene, _ = read[TEXTS[0]]
    at = PLACES["telling"](scene, word(scene))
    found = answer(Question("token", "?", "target"), scene, at)
    assert scene.encoded.tokens[at.token] == "it"
    assert sum(found.scores) == pytest.approx(1, abs=1e-5)
    assert found.fact == f"{max(found.scores):.1%}"
