"""The tokenizer in a folder, as one Rust object that all threads share."""

from pathlib import Path

from tokenizers import Tokenizer
from transformers import AutoTokenizer

from explorer.errors import ModelMissing, TokenizerNotConverted, TokenizerRefused
from explorer.models.configs import short_reason

# Files from which the library makes the tokenizer of a repository that is older than tokenizer.json.
VOCABULARIES = ("vocab.txt", "vocab.json", "spiece.model", "spm.model", "sentencepiece.bpe.model", "tokenizer.model")


def read_tokenizer(folder: Path) -> Tokenizer:
    """The fast tokenizer, with the file's own truncation and padding off.

    Changing its settings per call would race between threads, so they are set once here. Older repositories have only
    a vocabulary and merges, from which the library makes the same object.

    Raises:
        TokenizerRefused: when the file cannot be read.
        ModelMissing: when the folder has no tokenizer at all.
        TokenizerNotConverted: when what it has instead of tokenizer.json cannot be read.
    """
    file = folder / "tokenizer.json"
    tokenizer = _read(file) if file.is_file() else _converted(folder)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _read(file: Path) -> Tokenizer:
    try:
        return Tokenizer.from_file(str(file))
    except Exception as error:  # the library knows no other type
        raise TokenizerRefused(reason=short_reason(error)) from error


def _converted(folder: Path) -> Tokenizer:
    """From vocab.txt, vocab.json and merges.txt, or spiece.model; nothing that runs code or unpickles."""
    file = next((folder / name for name in VOCABULARIES if (folder / name).is_file()), None)
    if file is None:  # the library would make an empty one
        raise ModelMissing(source=f"{folder.name}/tokenizer.json")
    try:
        slow = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False, use_fast=True)
        made = Tokenizer.from_str(slow.backend_tokenizer.to_str())
    except Exception as error:  # many types for a broken file or a missing library; the page needs one sentence
        raise TokenizerNotConverted(found=file.name) from error
    # Of a file in which it finds no piece the library makes one that knows only its own special tokens.
    if not any(letter.isalnum() for piece in made.get_vocab() if piece[:1] not in "<[" for letter in piece):
        raise TokenizerNotConverted(found=file.name)
    return made
