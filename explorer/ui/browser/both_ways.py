"""One head with the model's factor and with another one; the slider lives in the browser, so nothing waits."""

from explorer.analysis.scaling.scaling import HeadBothWays
from explorer.i18n import Translator
from explorer.ui.browser import digest, follow, register, told
from explorer.ui.browser.kit import framed

_component = register("both_ways")
_WORDS = (
    "factor", "same", "temperature", "own", "changed", "difference", "probs", "scores", "spread", "score", "row",
    "product", "label", "near",
)  # fmt: skip


def both_ways(info: HeadBothWays, t: Translator, row: int, key: str = "both-ways") -> None:
    """Draw it. The factor and the row that the visitor chooses stand in the URL as `factor` and `token`."""
    d = info.d_head
    marks = [
        {"at": 1 / d, "name": "1/d", "note": t("scaling.mark.d")},
        {"at": d**-0.5, "name": "1/√d", "note": t("scaling.mark.root")},
        {"at": 1, "name": "1", "note": t("scaling.mark.one")},
    ]
    header: dict[str, object] = {
        "tokens": info.tokens, "own": info.own_factor, "low": min(1 / d, info.own_factor), "marks": marks,
        "words": {word: t(f"scaling.{word}") for word in _WORDS},
    }  # fmt: skip
    body = b"".join(numbers.astype("<f4").tobytes() for numbers in (info.products, info.added))
    header |= told(key, digest(header, body), factor=info.factor, row=row)
    _component(
        key=key,
        data=framed(header, body),
        on_factor_change=follow(key, "factor", "factor"),
        on_row_change=follow(key, "token", "row"),
    )
