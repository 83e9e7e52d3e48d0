"""What the visitor should know of a text that can be run: what is cut, dropped or unknown to this model."""

import re

from explorer.i18n import Translator
from explorer.models.curated import CURATED
from explorer.models.encode import Encoded
from explorer.models.handle import ModelHandle
from explorer.models.load import STRANGERS
from explorer.ui.shell.names import LINK


def of_text(t: Translator, encoded: Encoded, n_ctx: int, language: str | None) -> list[str]:
    """Sentences about the word pieces. language: see `registry.language`."""
    texts, remarks = [encoded.text, encoded.pair or ""], []
    if max(map(len, texts)) > LINK:
        remarks.append(t("frame.link", allowed=LINK))
    if encoded.truncated:
        remarks.append(t("frame.cut", found=encoded.n_found, allowed=n_ctx))
    if encoded.n_control:
        remarks.append(t("frame.control", n=encoded.n_control))
    if language is not None:
        foreign = _foreign_words(encoded)
        return [*remarks, t(f"frame.foreign.{language}", n=foreign)] if foreign else remarks
    if encoded.n_unknown:
        remarks.append(t("frame.unknown", n=encoded.n_unknown, found=encoded.n_found))
        if suggested(encoded) is not None:
            remarks.append(t("frame.unknown_chinese"))
    return remarks


def suggested(encoded: Encoded) -> str | None:
    """The id of a model that reads Chinese, where this one does not know a good part of the text's Chinese characters.

    English vocabularies have some of them; a Chinese one that lacks a rare character is still the right one.
    """
    chinese = re.compile(r"[\u4e00-\u9fff]")
    known = sum(chinese.search(token) is not None for token in encoded.tokens)
    if not chinese.search(encoded.text + (encoded.pair or "")) or known >= 4 * encoded.n_unknown:
        return None
    return next(model.repo for model in CURATED if model.key == "bert-chinese")


def of_model(t: Translator, handle: ModelHandle) -> list[str]:
    """What of a stranger's files is not in the model; those of the embedded one are known to be whole."""
    if handle.spec.kind not in STRANGERS:
        return []
    return [t(key, **facts) for key, facts in handle.remarks]


def of_second(t: Translator, handle: ModelHandle, second: str | None) -> list[str]:
    """What becomes of the second text in a model that does not join it to the first."""
    if handle.sites.pairs:
        return []
    if len(handle.stacks) == 1:
        return [] if second is None else [t("frame.no_pair")]
    if handle.stack == "encoder":
        return [] if second is None else [t("frame.pair_decoder")]
    return [t("frame.decoder_repeats" if second is None else "frame.decoder_reads")]


def _foreign_words(encoded: Encoded) -> int:
    """Words that a vocabulary of whole words does not have: more than one piece, one letter, or [UNK]."""
    words: dict[tuple[bool, int], list[str]] = {}
    for at, (word, token) in enumerate(zip(encoded.words, encoded.bare, strict=True)):
        if word is not None and not encoded.special[at]:
            in_b = encoded.sentence_b is not None and at >= encoded.sentence_b
            words.setdefault((in_b, word), []).append(token)
    alone = (pieces[0] for pieces in words.values() if len(pieces) == 1)
    several = sum(len(pieces) > 1 for pieces in words.values())
    return several + sum(token == "[UNK]" or (len(token) == 1 and token.isalnum()) for token in alone)
