"""The word pieces of a small language: WordPiece as in BERT, learnt from its sentences with `tokenizers`.

Every word of the language becomes one piece, in Chinese every character. The alphabet is in the vocabulary, too, so
that a word from outside falls into pieces down to single letters instead of [UNK]; other characters are [UNK].
"""

from functools import cache
from pathlib import Path
from random import Random
from string import ascii_lowercase, digits

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from explorer.home import ASSETS
from explorer.training.grammar import pair, sentence
from explorer.training.languages import ENGLISH, Language

MODELS = ASSETS / "models"
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
PUNCTUATION, LETTERS = ".,!?'-", ascii_lowercase + digits
WIDE = "。，！？、"  # as Chinese is written

SENTENCES = 4_000
SIZE = 1_000  # an upper bound: the trainer stops when every word is one piece


def learn(language: Language = ENGLISH, seed: int = 0) -> Tokenizer:
    """Train the tokenizer on sentences drawn with this seed; the same seed gives the same vocabulary.

    The pieces on the way to a word ("wol" before "wolves") depend on how the trainer breaks ties, and so does its
    numbering; neither is the same in two runs. So the half words are dropped and the rest is sorted: the special
    pieces, the letters (a foreign word must find each of them at its start and inside), the words that were learnt.
    """
    rng = Random(seed)
    texts = [sentence(rng, language).text for _ in range(SENTENCES)]
    for _ in range(SENTENCES):
        first, second, _ = pair(rng, language=language)
        texts.append(language.joint.join(f"{one.text}{language.stop}" for one in (first, second)))
    tokenizer = _words(models.WordPiece(unk_token="[UNK]"))
    tokenizer.train_from_iterator(
        texts, trainers.WordPieceTrainer(vocab_size=SIZE, special_tokens=list(SPECIAL), show_progress=False)
    )
    wide = WIDE if language.stop in WIDE else ""
    letters = [*PUNCTUATION, *wide, *LETTERS, *(f"##{letter}" for letter in LETTERS)]
    known = {*SPECIAL, *letters}
    learnt = sorted(piece for piece in tokenizer.get_vocab() if piece in {*language.vocabulary()} - known)
    numbers = {piece: number for number, piece in enumerate([*SPECIAL, *letters, *learnt])}
    sorted_ = _words(models.WordPiece(numbers, unk_token="[UNK]"))
    sorted_.add_special_tokens(list(SPECIAL))
    sorted_.post_processor = processors.BertProcessing(("[SEP]", numbers["[SEP]"]), ("[CLS]", numbers["[CLS]"]))
    return sorted_


def _words(model: models.WordPiece) -> Tokenizer:
    """Lower case, split at spaces and punctuation, as BERT does."""
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


@cache
def shipped(language: Language = ENGLISH) -> Tokenizer:
    """The tokenizer that ships with the toy model; the live trainings use it, too. Shared: never change it."""
    return Tokenizer.from_file(str(folder_of(language) / "tokenizer.json"))


def folder_of(language: Language) -> Path:
    """Where the model that has learnt this language is, in the repository."""
    return MODELS / language.folder


def word_ids(tokenizer: Tokenizer, language: Language = ENGLISH) -> dict[str, int]:
    """Piece → its number, where every word of the language is one piece.

    Raises:
        ValueError: when a word is not one piece; batches could not be made by look-up then.
    """
    numbers = tokenizer.get_vocab()
    missing = [word for word in (*language.vocabulary(), *SPECIAL, language.stop) if word not in numbers]
    if missing:
        raise ValueError(f"no piece of their own: {missing}")
    return numbers
