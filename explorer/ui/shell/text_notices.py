"""What the visitor should know of a text that can be run: what is cut, dropped or unknown to this model."""

from dataclasses import replace

from explorer.i18n import Translator
from explorer.models.curated import CURATED
from explorer.models.encode import CHINESE, Encoded
from explorer.models.handle import ModelHandle
from explorer.models.load import STRANGERS
from explorer.models.menu import menu
from explorer.models.registry import MADE, MULTILINGUAL
from explorer.training.languages import CHINESE as SMALL_CHINESE
from explorer.ui.shell.names import LINK

# Models of the hub that read Chinese.
READERS = [model.repo for model in CURATED if model.key in ("bert-chinese", "bert-multilingual")]


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
    """A model that reads Chinese, where this one does not know a good part of the text's Chinese characters.

    By its name in the menu, if there is one that can be opened now, else by its id on the hub.

    English vocabularies have some of them; a Chinese one that lacks a rare character is still the right one.
    """
    known = sum(CHINESE.search(token) is not None for token in encoded.tokens)
    read = set(CHINESE.findall(encoded.text + (encoded.pair or "")))
    if not read or known >= 4 * encoded.n_unknown:
        return None
    there = menu()
    able = [MULTILINGUAL, *(name for name, spec in there.items() if spec.kind == "hub" and spec.source in READERS)]
    if read <= set(SMALL_CHINESE.vocabulary()):
        able.insert(0, SMALL_CHINESE.folder)
    return next((name for name in able if name in there), READERS[0])


def of_model(t: Translator, handle: ModelHandle) -> list[str]:
    """What of a stranger's files is not in the model; those of the embedded one are known to be whole."""
    made = replace(handle.spec, stack="") in MADE.values()
    if handle.spec.kind not in STRANGERS and not made:
        return []
    return [t("frame.four_bits")] * made + [t(key, **facts) for key, facts in handle.remarks]


def of_second(t: Translator, handle: ModelHandle, second: str | None) -> list[str]:
    """What becomes of the second text in a model that does not join it to the first."""
    if handle.sites.pairs:
        return []
    if len(handle.stacks) == 1:
        return [] if second is None else [t("frame.no_pair")]
    if handle.stack == "encoder":
        return [] if second is None else [t("frame.pair_decoder")]
    return [t("frame.decoder_repeats" if second is None else "frame.decoder_reads") + " " + t("frame.decoder_between")]


def _foreign_words(encoded: Encoded) -> int:
    """Words that a vocabulary of whole words does not have: more than one piece, one Latin letter, or [UNK]."""
    words: dict[tuple[bool, int], list[str]] = {}
    for at, (word, token) in enumerate(zip(encoded.words, encoded.bare, strict=True)):
        if word is not None and not encoded.special[at]:
            in_b = encoded.sentence_b is not None and at >= encoded.sentence_b
            words.setdefault((in_b, word), []).append(token)
    alone = (pieces[0] for pieces in words.values() if len(pieces) == 1)
    several = sum(len(pieces) > 1 for pieces in words.values())
    return several + sum(
        token == "[UNK]" or (len(token) == 1 and token.isascii() and token.isalnum()) for token in alone
    )
