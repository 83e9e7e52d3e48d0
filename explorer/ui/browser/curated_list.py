"""The shelf of models: a row each, with a bar for its size. The visitor chooses one."""

from typing import Any

from explorer.analysis.models.curated_list import Shelf
from explorer.i18n import Translator
from explorer.ui.browser import digest, follow, register, told
from explorer.ui.shell import state

# Heads that guess masked words.
MASKED = ("mlm", "pretraining")

_component = register("curated_list")


def shelf_rows(info: Shelf, t: Translator, field: str) -> None:
    """Draw the rows; a click writes the model's id into the text field of this name."""
    key = f"shelf-{field}"
    rows: list[list[Any]] = [
        [
            m.repo,
            m.title,
            t(f"any_model.what.{m.key}"),
            m.millions,
            t("any_model.size", millions=m.millions, mb=4 * m.millions),
            info.stored(m.repo) is not None,
            m.masks,
        ]
        for m in info.models
    ]
    for there in info.others:
        millions = there.n_parameters / 1e6
        size = t("any_model.size_here", millions=millions, mb=there.n_bytes / 1e6)
        rows.append([there.repo, there.repo, there.architecture, millions, size, True, there.head in MASKED])
    data: dict[str, Any] = {
        "rows": rows,
        "label": t("any_model.choose"),
        "most": max(row[3] for row in rows),
        "hereWord": t("any_model.here"),
        "masksWord": "[MASK]",
    }
    data |= told(key, digest(data), chosen=state.chosen(field) or info.models[0].repo)
    _component(key=key, data=data, on_chosen_change=follow(key, field))
