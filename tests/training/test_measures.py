"""The accuracies of made models: what is hidden from them, and how their answers are counted."""

from dataclasses import replace
from random import Random
from types import SimpleNamespace

import pytest
import torch

from explorer.training.batches import Batches
from explorer.training.grammar import pair, sentence
from explorer.training.languages import CHINESE, ENGLISH
from explorer.training.measures import FRESH, accuracies, held_out_loss, next_sentence
from explorer.training.model import fresh
from explorer.training.objective import losses
from explorer.training.setting import TrainingSetting
from explorer.training.tokenizer import shipped

N, SEED = 40, 5
BATCHES = Batches(TrainingSetting(), shipped())
WORDS, N_VOCAB = BATCHES.words, BATCHES.n_vocab
TELLING = ("verb", "pronoun", "act", "possessive", "place")


def clauses():
    rng = Random(FRESH + SEED)
    return [sentence(rng) for _ in range(N)]


class Made:
    """Says at the asked place what `answer` says for the sentence with this number: {piece: score}."""

    def __init__(self, answer):
        self.answer, self.read, self.asked = answer, [], []
        self.cls = SimpleNamespace(predictions=self.predictions)

    def bert(self, input_ids, token_type_ids, attention_mask):
        self.read.append(input_ids)
        rows, width = input_ids.shape
        return [torch.stack(torch.meshgrid(torch.arange(rows), torch.arange(width), indexing="ij"), -1).float()]

    def predictions(self, states):
        logits = torch.zeros(len(states), N_VOCAB)
        places = [(int(row), int(place)) for row, place in states]
        self.asked.append(places)
        for at, (row, _) in enumerate(places):
            for piece, score in self.answer(row).items():
                logits[at, WORDS[piece]] = score
        return logits


def test_what_is_hidden():
    """For the verb all that tells animal or number after it, for the place the verb as well, and nothing else."""
    model = Made(lambda row: {})
    accuracies(model, BATCHES, N, SEED)
    for ids, asked, role, hidden in zip(
        model.read, model.asked, ("verb", "place"), (TELLING, ("verb", "place")), strict=True
    ):
        for clause, row, (number, place) in zip(clauses(), ids.tolist(), asked, strict=True):
            assert place == clause.at(role) + 1, "[CLS] stands before the words"
            for word, name, found in zip(clause.words, clause.roles, row[1:], strict=False):
                assert found == WORDS["[MASK]" if name in hidden else word], (number, name)


@pytest.mark.parametrize(
    ("scores", "verb", "agreement"),
    [
        ({"right": 3.0}, 1, 1),
        ({"wrong number": 3.0}, 0, 0),
        ({"other animal": 5.0, "right": 3.0, "wrong number": 1.0}, 0, 1),
        ({"other animal": 5.0, "right": 1.0, "wrong number": 3.0}, 0, 0),
    ],
)
def test_how_verbs_are_counted(scores, verb, agreement):
    drawn = clauses()

    def answer(row):
        clause = drawn[row]
        forms = {
            "right": ENGLISH.nouns[clause.subject][2 + clause.plural],
            "wrong number": ENGLISH.nouns[clause.subject][3 - clause.plural],
            "other animal": ENGLISH.nouns[(clause.subject + 1) % 16][2 + clause.plural],
        }
        return {forms[name]: score for name, score in scores.items()}

    found = accuracies(Made(answer), BATCHES, N, SEED)
    assert (found.verb, found.agreement, found.place) == (verb, agreement, 0)
    assert found.next_sentence is None


def test_places_are_counted_one_by_one():
    drawn = clauses()
    found = accuracies(
        Made(lambda row: {ENGLISH.nouns[drawn[row].subject][4]: 1.0} if row < 10 else {}), BATCHES, N, SEED
    )
    assert found.place == 10 / N


@pytest.mark.parametrize(("says", "share"), [("truth", 1), ("opposite", 0), ("always", 0.5)])
def test_next_sentence(says, share):
    """Half of the pairs follow; the first of the two logits speaks for it."""
    rng = Random(FRESH + SEED)
    drawn = [pair(rng, follows=bool(n % 2)) for n in range(N)]
    truth = torch.tensor([follows for *_, follows in drawn])

    def model(input_ids, token_type_ids, attention_mask):
        for (first, second, _), ids, segments in zip(drawn, input_ids.tolist(), token_type_ids.tolist(), strict=True):
            begins = ids.index(WORDS["[SEP]"]) + 1
            assert ids[1 : begins - 2] == [WORDS[word] for word in first.words]
            assert ids[begins : begins + 5] == [WORDS[word] for word in second.words]
            assert segments[begins - 1] == 0 and segments[begins] == 1
        yes = {"truth": truth, "opposite": ~truth, "always": torch.ones(N, dtype=torch.bool)}[says]
        return SimpleNamespace(seq_relationship_logits=torch.stack([yes.float(), 1 - yes.float()], -1))

    assert next_sentence(model, BATCHES, N, SEED) == share


def test_held_out_loss_is_of_the_same_sentences_for_every_seed():
    setting = TrainingSetting(layers=1)
    model = fresh(setting, N_VOCAB).eval()
    found = [held_out_loss(model, replace(setting, seed=seed), shipped(), batches=2) for seed in (0, 1)]
    fixed = Batches(replace(setting, seed=FRESH, batch=128), shipped())
    with torch.no_grad():
        direct = sum(losses(model, fixed.draw())[0].item() for _ in range(2)) / 2
    assert found[0] == found[1] == pytest.approx(direct, abs=1e-6)


@pytest.mark.parametrize(
    ("scores", "agreement"), [({"own": 1.0}, 1), ({"other": 1.0}, 0), ({"own": 1.0, "other": 2.0}, 0)]
)
def test_chinese_agreement_is_that_of_the_measure_word(scores, agreement):
    """Asked only where the noun in between has another one; measure word and verb are hidden, the nouns are not."""
    batches = Batches(TrainingSetting(), shipped(CHINESE), CHINESE)
    rng, of = Random(FRESH + SEED), CHINESE.measures
    drawn = [sentence(rng, CHINESE) for _ in range(N)]
    crossed = [c for c in drawn if c.attractor is not None and of[c.attractor] != of[c.subject]]
    asked = []

    def predictions(states):
        logits = torch.zeros(len(states), batches.n_vocab)
        asked.append(len(states))
        if len(asked) == 3:
            for at, clause in enumerate(crossed):
                forms = {"own": of[clause.subject], "other": of[clause.attractor]}
                for name, score in scores.items():
                    logits[at, batches.words[forms[name]]] = score
        return logits

    read = []

    def bert(input_ids, **_):
        read.append(input_ids)
        return [torch.zeros(*input_ids.shape, 1)]

    found = accuracies(SimpleNamespace(bert=bert, cls=SimpleNamespace(predictions=predictions)), batches, N, SEED)
    assert found.agreement == agreement and asked == [N, N, len(crossed)] and 10 < len(crossed) < N
    for clause, row in zip(crossed, read[2].tolist(), strict=True):
        hidden = {role for role, id_ in zip(clause.roles, row[1:], strict=False) if id_ == batches.words["[MASK]"]}
        assert hidden == {"measure", "verb", "pronoun", "act", "place"} & set(clause.roles)
