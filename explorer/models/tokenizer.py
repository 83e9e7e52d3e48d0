"""The tokenizer in a folder, as one Rust object that all threads share."""

from pathlib import Path

from tokenizers import Tokenizer
from transformers import AutoTokenizer

from explorer.errors import ModelMissing, TokenizerRefused
from explorer.models.configs import short_reason

# Files from which the library makes the tokenizer of a repository that is older than tokenizer.json.
VOCABULARIES = ("vocab.txt", "vocab.json", "spiece.model", "spm.model", "sentencepiece.bpe.model", "tokenizer.model")


def read_tokenizer(folder: Path) -> Tokenizer:
    """The fast tokenizer, with the file's own truncation and padding off.

    Changing its settings per call would race between threads, so they are set once here. Older repositories have only
    a vocabulary and merges, from which the library makes the same object.

    Raises:
        TokenizerRefused: when the file cannot be read.
        ModelMissing: when the folder has no tokenizer that can be converted.
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
    if not any((folder / name).is_file() for name in VOCABULARIES):  # the library would make an empty one
        raise ModelMissing(source=f"{folder.name}/tokenizer.json")
    try:
        slow = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False, use_fast=True)
        return Tokenizer.from_str(slow.backend_tokenizer.to_str())
    except Exception as error:  # many types for a missing or broken file; the page needs one sentence
        raise ModelMissing(source=f"{folder.name}/tokenizer.json") from error
