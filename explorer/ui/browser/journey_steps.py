"""Step by step: the stage of one attention weight on a page of its own."""

from explorer.analysis.attention.steps import HeadChain
from explorer.i18n import Translator
from explorer.ui.browser import digest, follow, register, told
from explorer.ui.browser.journey_weight import described, numbers
from explorer.ui.browser.kit import framed

_component = register("journey_steps", "journey_ink", "journey_weight", "journey_scenes", "journey_player")


def unfolded(info: HeadChain, step: str, t: Translator) -> None:
    """Draw the stage, at a step; the step and the key that are chosen in it go to the URL as `step` and `key`."""
    key = "journey-steps"
    header, body = described(info.row, info.tokens, info.keys, t), numbers(info.row)
    header |= told(key, digest(header, body), step=step, key=info.key)
    _component(
        key=key, data=framed(header, body), on_step_change=follow(key, "step", "step"),
        on_key_change=follow(key, "key", "key"),
    )  # fmt: skip
