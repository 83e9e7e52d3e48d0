"""The sentence as coloured word pieces; the visitor chooses one."""

from explorer.analysis.attention import kinds
from explorer.models.encode import Encoded
from explorer.ui import state
from explorer.ui.components import register

_component = register("pieces")


def pieces(encoded: Encoded, label: str, param: str = "token", default: int = 1) -> int:
    """Draw the pieces and return the chosen one's position. The choice stands in the URL as `param`."""
    chosen = state.number(param, default, 0, encoded.n_tokens - 1)
    key = f"pieces-{param}"
    data = {"tokens": list(encoded.tokens), "kinds": kinds(encoded), "chosen": chosen, "label": label}
    _component(key=key, data=data, on_chosen_change=lambda: state.follow(key, "chosen", param))
    return chosen
