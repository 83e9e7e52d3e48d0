"""The windows of a long text as bars over it, with their cosines with a query above; the visitor chooses one."""

from collections.abc import Sequence

from explorer.analysis.use.windows import Windows
from explorer.i18n import Translator
from explorer.ui.browser import digest, follow, register, told
from explorer.ui.shell import state

_component = register("windows")


def windows(
    cut: Windows,
    cosine: Sequence[float],
    t: Translator,
    *,
    key: str = "windows",
    param: str = "at",
    default: int = 0,
    axis: str | None = None,
) -> int:
    """Draw the windows and return the chosen one's number, which stands in the URL as `param`.

    cosine: of the windows that have been run so far. axis: what they are cosines with, by default the question.
    """
    chosen, widget = state.number(param, default, 0, len(cut.spans) - 1), f"windows-{key}"
    room = cut.width - cut.document.n_special
    data: dict[str, object] = {
        "n": cut.n_pieces,
        "spans": [list(span) for span in cut.spans],
        "cosine": [round(float(value), 4) for value in cosine],
        # Windows that overlap stand below each other, so that each can be seen.
        "lanes": min(-(-room // cut.step), len(cut.spans), 32),
        "label": t("long_text.choose"),
        "words": {
            "pieces": t("long_text.words.pieces"),
            "cosine": axis or t("long_text.words.cosine"),
            "read": t("long_text.words.read", window="{window}", first="{first}", last="{last}"),
        },
    }
    data |= told(widget, digest(data), chosen=chosen)
    _component(key=widget, data=data, on_chosen_change=follow(widget, param))
    return chosen
