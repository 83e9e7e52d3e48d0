"""Numbers as a reader sees them: shares near nothing and near all, bytes, operations, counts, zeros without a minus."""

import pytest

from explorer import quantities
from explorer.i18n import LANGUAGES, Translator
from explorer.quantities import Words, byte_size, flop_count, large_count, percent


@pytest.mark.parametrize(
    ("share", "digits", "said"),
    [
        (0.0, 0, "0%"), (1.0, 0, "100%"), (0.5, 0, "50%"), (0.126, 0, "13%"), (0.0017, 0, "0.2%"), (0.0094, 0, "0.9%"),
        (0.0004, 0, "<0.1%"),
        (0.0004, 2, "0.04%"), (2e-5, 1, "<0.1%"), (0.9994, 0, "99.9%"), (0.9998, 0, ">99.9%"),
        (0.9994, 2, "99.94%"),
        (0.998, 0, "99.8%"), (0.99, 0, "99%"), (1 - 1e-8, 0, "100%"), (-1e-9, 0, "0%"), (-0.004, 0, "-0.4%"),
        (-0.0004, 0, "0%"), (0.0004, 1, "<0.1%"),
        (-0.026, 0, "-3%"), (1.18, 0, "118%"), (float("nan"), 0, "–"), (0.00004, 2, "<0.01%"), (1e-9, 1, "0.0%"),
    ],
)  # fmt: skip
def test_percent(share, digits, said):
    assert percent(share, digits) == said


@pytest.mark.parametrize(
    ("n_bytes", "said"),
    [(0, "0 B"), (999, "999 B"), (1024, "1.00 KiB"), (2**20 * 27.94, "27.9 MiB"), (163_145.4 * 2**20, "159 GiB"),
     (2**30 - 1, "1.00 GiB"), (2**40 * 2, "2.00 TiB")],
)  # fmt: skip
def test_bytes(n_bytes, said):
    assert byte_size(n_bytes) == said


@pytest.mark.parametrize(
    ("operations", "said"),
    [(22_348_431_360, "22.3 GFLOPs"), (999_999, "1.00 MFLOPs"), (512, "512 FLOPs"), (1.5e15, "1.50 PFLOPs")],
)
def test_flops(operations, said):
    assert flop_count(operations) == said


@pytest.mark.parametrize(
    ("count", "english", "chinese"),
    [
        (7_087, "7,087", "7,087"), (-43_119_360, "-43.1 million", "-4,312 万"),
        (1_234_567_890, "1.23 billion", "12.3 亿"),
        (4_858_112, "4.86 million", "486 万"), (0, "0", "0"),
    ],
)  # fmt: skip
def test_large_counts(count, english, chinese):
    assert (large_count(count, "en"), large_count(count, "zh")) == (english, chinese)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_words_for_large_counts(language):
    assert language in quantities._LARGE, "its words belong into _LARGE of explorer/quantities.py"


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("{x:.2f}", "0.00"), ("{x:.0%}", "0%"), ("{x:+large}", "0"), ("{x:.1e}", "-1.0e-05"), ("{zero:.1e}", "0"),
        ("{y:+large}", "+2.00 million"), ("{text}", "a{b"), ("{n:,}", "1,234"), ("{y:bytes}", "1.91 MiB"),
        ("{y:flops}", "2.00 MFLOPs"), ("{none:.2f}", "–"),
    ],
)  # fmt: skip
def test_messages_name_the_way(message, said):
    facts = {"x": -1e-5, "zero": 0.0, "y": 2_000_000, "text": "a{b", "n": 1234, "none": float("nan")}
    assert Words("en").filled(message, facts) == said


def test_the_translator_uses_it():
    shares = {"word": 0.7, "position": 0.2983, "segment": 0.0017}
    for language in LANGUAGES:
        sentence = Translator(language)("sum.reading.shares", **shares)
        assert "0.2%" in sentence and "-0" not in sentence
        assert "-0" not in Translator(language)("sum.reading.shares", **shares | {"segment": -1e-9})
