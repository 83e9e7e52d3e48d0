"""Batches of fresh sentences with masked tokens: no sentence is seen twice, so the training loss is a held-out loss."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import torch
from jaxtyping import Bool, Int
from tokenizers import Tokenizer
from torch import Tensor

from explorer.training.grammar import Clause, pair, sentence
from explorer.training.languages import ENGLISH, Language
from explorer.training.setting import TrainingSetting
from explorer.training.tokenizer import SPECIAL, word_ids

# Devlin et al. 2019, section 3.1: of the chosen tokens 80 % become [MASK], 10 % another word, 10 % stay as they are.
MASKED, REPLACED = 0.8, 0.1
IGNORED = -100  # transformers' mark for "not counted in the loss"

# In the trainings with pairs: how many examples are a single clause or sentence, and how many lack their full stops.
SINGLE, NO_STOP = 0.3, 0.3
# Pairs are masked half as much: with many gaps nobody could tell whether the second clause belongs to the first.
OF_PAIRS = 0.5


@dataclass(frozen=True, eq=False)
class Batch:
    """Sentences as numbers, padded at the end.

    chosen: the positions that count in the masked-word loss; labels: the right pieces there, in the order of `chosen`.
    follows: 0 where the second clause follows the first, 1 where it does not, IGNORED where there is no second.
    """

    ids: Int[Tensor, "B T"]
    segments: Int[Tensor, "B T"]
    mask: Int[Tensor, "B T"]
    chosen: Bool[Tensor, "B T"]
    labels: Int[Tensor, " N"]
    follows: Int[Tensor, " B"]


@dataclass(frozen=True)
class Line:
    """One example in pieces: numbers, segments, and whether the second clause follows (None: there is none)."""

    ids: tuple[int, ...]
    segments: tuple[int, ...]
    follows: bool | None = None


class Batches:
    """Draws batches for a setting; the same setting draws the same ones."""

    def __init__(self, setting: TrainingSetting, tokenizer: Tokenizer, language: Language = ENGLISH) -> None:
        self.language = language
        self.words = word_ids(tokenizer, language)
        self.n_vocab = tokenizer.get_vocab_size()
        self._setting = setting
        self._rng = Random(setting.seed + 1)
        self._noise = torch.Generator().manual_seed(setting.seed + 1)

    def draw(self) -> Batch:
        """The next batch."""
        draw = self._pair if self._setting.pairs else self._single
        return self.masked([draw() for _ in range(self._setting.batch)])

    def line(self, clauses: Sequence[Clause], follows: bool | None = None, stop: bool = False) -> Line:
        """[CLS] first clause [SEP], and with a second: second clause [SEP]; stop: a full stop after each."""
        ids, segments = [self.words["[CLS]"]], [0]
        for number, clause in enumerate(clauses):
            pieces = [self.words[word] for word in clause.words]
            pieces += [self.words[self.language.stop]] * stop + [self.words["[SEP]"]]
            ids += pieces
            segments += [number] * len(pieces)
        return Line(tuple(ids), tuple(segments), follows)

    def _single(self) -> Line:
        return self.line([sentence(self._rng, self.language)])

    def _pair(self) -> Line:
        rng = self._rng
        stop = rng.random() >= NO_STOP
        if rng.random() < SINGLE:
            return self.line([sentence(rng, self.language)], stop=stop)
        first, second, follows = pair(rng, language=self.language)
        return self.line([first, second], follows, stop)

    def masked(self, lines: Sequence[Line]) -> Batch:
        """The lines as one batch, a share of their tokens chosen and disturbed; special tokens never are."""
        ids, segments, mask = padded(lines)
        free = ids >= len(SPECIAL)
        rates = [self._setting.rate * (1.0 if line.follows is None else OF_PAIRS) for line in lines]
        chosen = free & (torch.rand(ids.shape, generator=self._noise) < torch.tensor(rates)[:, None])
        fate = torch.rand(ids.shape, generator=self._noise)
        others = torch.randint(len(SPECIAL), self.n_vocab, ids.shape, generator=self._noise)
        seen = ids.masked_fill(chosen & (fate < MASKED), self.words["[MASK]"])
        seen = torch.where(chosen & (fate >= MASKED) & (fate < MASKED + REPLACED), others, seen)
        follows = [IGNORED if line.follows is None else int(not line.follows) for line in lines]
        return Batch(seen, segments, mask, chosen, ids[chosen], torch.tensor(follows))


def padded(lines: Sequence[Line]) -> tuple[Tensor, Tensor, Tensor]:
    """ids, segments and mask of lines of different lengths."""
    width = max(len(line.ids) for line in lines)
    ids = [(*line.ids, *[0] * (width - len(line.ids))) for line in lines]
    segments = [(*line.segments, *[0] * (width - len(line.ids))) for line in lines]
    mask = [[1] * len(line.ids) + [0] * (width - len(line.ids)) for line in lines]
    return torch.tensor(ids), torch.tensor(segments), torch.tensor(mask)
