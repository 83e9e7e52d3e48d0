"""Every token as a card: its piece, token id, segment, position and characters. The visitor chooses one."""

from explorer.analysis.attention.heads import kinds
from explorer.analysis.input.tokens import Pieces
from explorer.i18n import Translator
from explorer.models.encode import Encoded
from explorer.ui.browser import digest, follow, register, told
from explorer.ui.shell import followed, state

_component = register("cards")


def cards(info: Pieces, encoded: Encoded, t: Translator, param: str = "token", default: int | None = None) -> int:
    """Draw the cards and return the chosen one's position. The choice stands in the URL as `param`."""
    chosen = state.number(param, followed.usual(encoded) if default is None else default, 0, encoded.n_tokens - 1)
    key = f"cards-{param}"
    rows = zip(info.tokens, info.ids, info.segments, info.offsets, kinds(encoded), strict=True)
    data: dict[str, object] = {
        "cards": [[token, number, segment, f"{a}–{b}", kind] for token, number, segment, (a, b), kind in rows],
        "label": t("tokens.choose"),
        "words": [t(f"tokens.{name}") for name in ("id", "segment", "position", "characters")],
        "pair": encoded.sentence_b is not None,
        "full": [info.places, t("tokens.places", n=len(info.tokens), places=info.places)],
    }
    data |= told(key, digest(data), chosen=chosen)
    _component(key=key, data=data, on_chosen_change=follow(key, param))
    return chosen
