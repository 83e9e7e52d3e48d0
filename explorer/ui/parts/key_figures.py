"""The line of large numbers under the treemap: total, memory, and the figure that others print."""

from explorer.analysis.structure.parameters import BYTES, Parameters
from explorer.i18n import Translator
from explorer.quantities import byte_size
from explorer.ui.parts.module_table import facts
from explorer.ui.parts.sizes import Choice


def figures(t: Translator, info: Parameters, choice: Choice) -> None:
    """Total, bytes in each number format, published figure with its source and why it differs."""
    remark = t("parameters.changed") if choice.changed else info.class_name
    entries = [(t("parameters.total"), f"{info.total:,}", remark)]
    entries += [(dtype, byte_size(info.nbytes(dtype)), t("parameters.weights")) for dtype in BYTES]
    if choice.preset is not None and choice.preset.published:
        why = t(f"parameters.why.{choice.preset.why}")
        entries.append((t("parameters.published"), choice.preset.published, f"{choice.preset.source}. {why}"))
    facts(entries)
