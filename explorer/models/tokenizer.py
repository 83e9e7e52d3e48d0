"""The tokenizer in a folder, as one Rust object that all threads share."""

from pathlib import Path

from tokenizers import Tokenizer
from transformers import AutoTokenizer

from explorer.errors import TokenizerMissing, TokenizerNotConverted, TokenizerRefused
from explorer.models.strangers.tokenizer_bounds import MAX_MERGES, check_source, check_tokenizer, sentences
from explorer.models.strangers.tokenizer_settings import without_paths

# Files from which the library makes the tokenizer of a repository that is older than tokenizer.json.
VOCABULARIES = ("vocab.txt", "vocab.json", "spiece.model", "spm.model", "sentencepiece.bpe.model", "tokenizer.model")
# Any one of these is enough.
ACCEPTED = ("tokenizer.json", *VOCABULARIES)


def read_tokenizer(folder: Path, n_vocab: int | None = None) -> Tokenizer:
    """The fast tokenizer, with the file's own truncation and padding off.

    Changing its settings per call would race between threads, so they are set once here. Older repositories have only
    a vocabulary and merges, from which the library makes the same object.

    n_vocab: rows of the word table, where nobody has vouched for the files; they are then bounded before and after.

    Raises:
        TokenizerRefused: when the file cannot be read.
        TokenOutside: when it has a token for which the word table has no row.
        TokenizerMissing: when the folder has no tokenizer at all.
        TokenizerNotConverted: when what it has instead of tokenizer.json cannot be read.
    """
    require_files(folder)
    file = folder / "tokenizer.json"
    tokenizer = _read(file, n_vocab) if file.is_file() else _converted(folder, n_vocab)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    if getattr(tokenizer.model, "dropout", None):
        tokenizer.model.dropout = None  # merges left out at random would cut a text differently each time
    if n_vocab is not None:
        check_tokenizer(tokenizer, n_vocab)
    return tokenizer


def require_files(folder: Path) -> None:
    """Refuse a folder in which no tokenizer lies.

    Raises:
        TokenizerMissing.
    """
    if not any((folder / name).is_file() for name in ACCEPTED):  # the library would make an empty one
        raise TokenizerMissing(found=folder.name, allowed=", ".join(ACCEPTED))


def _read(file: Path, n_vocab: int | None) -> Tokenizer:
    with sentences():
        if n_vocab is not None:
            check_source(file.read_text("utf-8"), n_vocab)
        return Tokenizer.from_file(str(file))


def _converted(folder: Path, n_vocab: int | None) -> Tokenizer:
    """From vocab.txt, vocab.json and merges.txt, or spiece.model; nothing that runs code or unpickles."""
    found = next(folder / name for name in VOCABULARIES if (folder / name).is_file())
    if n_vocab is not None:
        _check_lines(folder, n_vocab)
    try:
        with without_paths(folder) as place:
            slow = AutoTokenizer.from_pretrained(place, local_files_only=True, trust_remote_code=False, use_fast=True)
        made = Tokenizer.from_str(slow.backend_tokenizer.to_str())
    except Exception as error:  # many types for a broken file or a missing library; the page needs one sentence
        raise TokenizerNotConverted(found=found.name) from error
    # Of a file in which it finds no piece the library makes one that knows only its own special tokens.
    if not any(letter.isalnum() for piece in made.get_vocab() if piece[:1] not in "<[" for letter in piece):
        raise TokenizerNotConverted(found=found.name)
    return made


def _check_lines(folder: Path, n_vocab: int) -> None:
    """More words, or more merges, than a vocabulary of this size has: they would be read while everybody waits."""
    for name, allowed in (("vocab.txt", n_vocab + 1), ("merges.txt", MAX_MERGES * n_vocab)):
        path = folder / name
        lines = path.read_bytes().count(b"\n") if path.is_file() else 0
        if lines > allowed:
            raise TokenizerRefused(reason=f"{name}: {lines:,} > {allowed:,}")
