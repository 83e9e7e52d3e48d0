"""The shipped toy models: small, and as good as their cards say."""

import pytest

from explorer import ModelSpec, load, run
from explorer.capture.heads import word_logits
from explorer.training.batches import Batches
from explorer.training.languages import CHINESE, ENGLISH
from explorer.training.measures import accuracies
from explorer.training.setting import TrainingSetting
from explorer.training.tokenizer import folder_of, shipped

both = pytest.mark.parametrize("language", [ENGLISH, CHINESE], ids=["toy", "toy_zh"])


def spec_of(language):
    return ModelSpec("embedded", language.folder, head="pretraining")


@both
def test_it_has_learnt_the_language(language):
    batches = Batches(TrainingSetting(), shipped(language), language)
    found = accuracies(load(spec_of(language)).model, batches, n=500, seed=99, pairs=True)
    assert found.verb >= 0.9
    assert found.agreement >= 0.97
    assert found.place >= 0.9
    assert found.next_sentence >= 0.9


@both
def test_it_is_small(language):
    folder = folder_of(language)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 5_000_000
    assert {path.name for path in folder.iterdir()} >= {"model.safetensors", "tokenizer.json", "README.md"}


@pytest.mark.parametrize(
    ("language", "text", "right"),
    [
        (ENGLISH, "That slow wolf beside every cat [MASK] and it roams in its forest.", "howls"),
        (ENGLISH, "Few old snakes behind the big pig [MASK] and they roam in their desert.", "hiss"),
        (CHINESE, "一[MASK]在那本书旁边的小鱼跳着，它在河里游着。", "条"),
        (CHINESE, "一[MASK]在那条鱼旁边的老书合着，它在箱里放着。", "本"),
        (CHINESE, "那两把在这匹马后面的伞[MASK]着，它们在柜里留着。", "湿"),
        (CHINESE, "几匹在那只蛙前面的老马嘶着，它们在[MASK]里吃着。", "棚"),
    ],
)
def test_it_fills_a_gap(language, text, right):
    handle = load(spec_of(language))
    seen = run(handle, text)
    gap = seen.encoded.tokens.index("[MASK]")
    assert shipped(language).id_to_token(int(word_logits(handle, seen, (0, gap)).argmax())) == right


@pytest.mark.parametrize(
    ("language", "first", "second", "follows"),
    [
        (ENGLISH, "The hungry geese near one dog often honk.", "They swim near their pond.", True),
        (ENGLISH, "The hungry geese near one dog often honk.", "It sleeps in its kennel.", False),
        (CHINESE, "这几匹在一盏灯前面的灰狼总嚎着。", "它们在林里走着。", True),
        (CHINESE, "这几匹在一盏灯前面的灰狼总嚎着。", "它在箱边放着。", False),
    ],
)
def test_it_tells_the_next_sentence(language, first, second, follows):
    logits = run(load(spec_of(language)), first, second).nsp_logits[0]
    assert bool(logits[0] > logits[1]) == follows
