"""Other tokenizers to hold the model's own against: built from what is here, none of them downloaded."""

from collections.abc import Callable, Sequence
from functools import cache

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from explorer.home import ASSETS

MERGES = 800


def cased(own: Tokenizer, texts: Sequence[str]) -> Tokenizer:
    """The model's vocabulary and search, without lower-casing and without stripping accents."""
    other = Tokenizer.from_str(own.to_str())
    other.normalizer = normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=True, strip_accents=False, lowercase=False
    )
    return other


def chinese(own: Tokenizer, texts: Sequence[str]) -> Tokenizer:
    """bert-base-chinese's: its vocabulary of 21,128 entries, in lower case as its makers used it."""
    return bert_base_chinese()


@cache
def bert_base_chinese() -> Tokenizer:
    """The tokenizer of bert-base-chinese, from the vocabulary that its makers published (`assets/vendor`); shared."""
    file = ASSETS / "vendor" / "bert-base-chinese" / "vocab.txt"
    made = Tokenizer(models.WordPiece.from_file(str(file), unk_token="[UNK]", max_input_chars_per_word=100))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.decoder = decoders.WordPiece()
    made.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    return made


def byte_pairs(own: Tokenizer, texts: Sequence[str]) -> Tokenizer:
    """Byte-level byte-pair encoding as in GPT-2 and RoBERTa, its merges learnt from these few texts alone."""
    other = Tokenizer(models.BPE())
    other.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    other.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=MERGES, initial_alphabet=alphabet, show_progress=False)
    other.train_from_iterator(texts, trainer)
    return other


SECOND: dict[str, Callable[[Tokenizer, Sequence[str]], Tokenizer]] = {
    "cased": cased,
    "chinese": chinese,
    "bytes": byte_pairs,
}
