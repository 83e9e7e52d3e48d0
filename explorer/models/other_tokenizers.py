"""Other tokenizers to hold the model's own against: built from what is here, none of them downloaded."""

from collections.abc import Callable, Sequence

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

MERGES = 800


def cased(own: Tokenizer, texts: Sequence[str]) -> Tokenizer:
    """The model's vocabulary and search, without lower-casing and without stripping accents."""
    other = Tokenizer.from_str(own.to_str())
    other.normalizer = normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=True, strip_accents=False, lowercase=False
    )
    return other


def with_chinese(own: Tokenizer, texts: Sequence[str]) -> Tokenizer:
    """The model's vocabulary and all 20,992 characters from U+4E00 to U+9FFF."""
    vocabulary = own.get_vocab()
    for code in range(0x4E00, 0xA000):
        vocabulary.setdefault(chr(code), len(vocabulary))
    other = Tokenizer.from_str(own.to_str())
    other.model = models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100)
    return other


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
    "chinese": with_chinese,
    "bytes": byte_pairs,
}
