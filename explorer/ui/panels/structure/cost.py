"""The cost of a chosen configuration, and its line of large numbers."""

import json

from explorer.analysis.structure.cost import Cost, cost, products
from explorer.i18n import Translator
from explorer.models.skeleton import as_config
from explorer.quantities import byte_size, flop_count, percent
from explorer.ui.parts.module_table import facts
from explorer.ui.parts.sizes import Choice
from explorer.ui.shell.page import notice

LENGTHS = (16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384)


def cost_of(choice: Choice, length: int, batch: int, mlm: bool) -> Cost:
    """Cost of the chosen configuration."""
    return cost(as_config(json.loads(choice.text)), choice.title, length, batch, mlm)


def remarks(t: Translator, choice: Choice) -> None:
    """What is counted in another way than a reader of the picture would guess."""
    config = as_config(json.loads(choice.text))
    if getattr(config, "is_encoder_decoder", False):
        notice(t("cost.decoder"))
    window = getattr(config, "sliding_window", None) or getattr(config, "local_attention", None)
    if window:
        notice(t("cost.local", window=window))


def figures(t: Translator, info: Cost) -> None:
    """Operations, share of n², memory at the chosen length."""
    total = products(info.now)
    facts(
        [
            (t("cost.total"), flop_count(total), t("cost.mac")),
            (t("cost.quadratic"), percent(info.quadratic, 2), t("cost.quadratic_help")),
            (t("cost.vectors"), byte_size(info.vector_bytes), t("cost.vectors_help")),
            (t("cost.matrices"), byte_size(info.matrix_bytes), t("cost.matrices_help")),
        ]
    )
