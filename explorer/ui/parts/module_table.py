"""The module tree as a table one can read, and the sum that makes the true total out of the printed one."""

import html
from collections.abc import Sequence

import streamlit as st

from explorer.analysis.structure.contrast import Contrast
from explorer.analysis.structure.module_tree import Row
from explorer.analysis.structure.parameters import Parameters
from explorer.i18n import Translator
from explorer.quantities import percent


def tree(t: Translator, info: Parameters) -> None:
    """Every module with its class, shapes, parameters and share; a tied tensor names its owner."""
    heads = "".join(
        f"<th>{html.escape(t(f'parameters.{name}'))}</th>" for name in ("module", "count", "share", "shape")
    )
    body = "".join(_line(t, info, row) for row in info.rows())
    st.html(
        f'<div class="bx-scroll"><table class="bx-tree"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def reconciliation(t: Translator, info: Parameters) -> None:
    """Printed parts, minus each tensor that stands there a second time, equals the total."""
    lines = [*info.parts]
    if info.again:
        lines.append((t("parameters.printed_sum"), info.printed))
    lines += [(t("parameters.minus", tensor=name, owner=owner), -count) for name, owner, count in info.again]
    body = "".join(f"<tr><td>{html.escape(what)}</td><td>{_signed(count)}</td></tr>" for what, count in lines)
    mark = "✓" if info.reconciled == info.total else "✗"
    total = f"<td>{html.escape(t('parameters.true_total'))}</td><td>= {info.reconciled:,} {mark}</td>"
    total = f'<tr class="total">{total}</tr>'
    st.html(f'<div class="bx-scroll"><table class="bx-tree bx-sum"><tbody>{body}{total}</tbody></table></div>')


def legend(t: Translator, models: Sequence[Parameters], colours: dict[str, str]) -> None:
    """What the colours of the tiles stand for, with the share in each model; only those that occur."""
    found = [name for name in colours if name != "other" and any(info.share(name) for info in models)]
    shares = {name: " / ".join(percent(info.share(name), 1) for info in models) for name in found}
    chips = "".join(
        f'<span><i class="{name}" style="background-color:{colours[name]}"></i>'
        f"{html.escape(t(f'parameters.kind.{name}'))} {html.escape(shares[name])}</span>"
        for name in found
    )
    st.html(f'<p class="bx-legend">{chips}</p>')


def side_by_side(t: Translator, info: Contrast) -> None:
    """Every size and part of each model; from the second on with what it has more than the first."""
    lines = []
    for what, counts in info.lines:
        more = [f" ({n - counts[0]:+,})" if place and n != counts[0] else "" for place, n in enumerate(counts)]
        lines.append((t(what), *(f"{n:,}{extra}" if n else "–" for n, extra in zip(counts, more, strict=True))))
    columns([t("contrast.what"), *info.titles], lines)


def facts(entries: list[tuple[str, str, str]]) -> None:
    """A line of large numbers: what, number, remark."""
    cells = "".join(
        f"<div><span>{html.escape(what)}</span><strong>{html.escape(number)}</strong>"
        f"<span>{html.escape(remark)}</span></div>"
        for what, number, remark in entries
    )
    st.html(f'<div class="bx-facts">{cells}</div>')


def _line(t: Translator, info: Parameters, row: Row) -> str:
    module = row.module
    name = f"({row.label}): " if row.label else ""
    times = f"{row.times_here} × " if row.times_here > 1 else ""
    shapes = "<br>".join(_shape(t, tensor.path, tensor.shape, tensor.owner) for tensor in module.tensors)
    count = f"{row.total:,}" if module.printed else ""
    each = f"<small>{row.times} × {module.owned:,}</small>" if row.times > 1 and module.owned else ""
    share = row.total / max(info.total, 1)
    bar = f'<i style="width:{100 * share:.2f}%"></i>{html.escape(percent(share, 1))}' if row.total else ""
    settings = f" <small>{html.escape(', '.join(module.settings))}</small>" if module.settings else ""
    quiet = "" if module.printed else ' class="empty"'
    return (
        f'<tr{quiet} id="{_anchor(module.path)}"><td style="padding-left:{row.depth * 18 + 8}px">{html.escape(name)}'
        f"{times}<b>{html.escape(module.class_name)}</b>{settings}</td>"
        f"<td>{count}{each}</td><td>{bar}</td><td>{shapes}</td></tr>"
    )


def _shape(t: Translator, path: str, shape: tuple[int, ...], owner: str | None) -> str:
    text = f"{path.rpartition('.')[2]} {' × '.join(map(str, shape))}"
    if owner is None:
        return html.escape(text)
    link = f'<a href="#{_anchor(owner.rpartition(".")[0])}" target="_self">{html.escape(owner)}</a>'
    return f"<mark>{html.escape(text)} = {link} {html.escape(t('parameters.tied'))}</mark>"


def _anchor(path: str) -> str:
    return "module-" + html.escape(path.replace(".", "-"), quote=True)


def _signed(count: int) -> str:
    return f"− {-count:,}" if count < 0 else f"{count:,}"


def columns(heads: list[str], lines: list[tuple[str, ...]]) -> None:
    """A plain table in the same type; every cell is text."""
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in heads)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in line) + "</tr>" for line in lines)
    table = f'<table class="bx-tree bx-columns"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    st.html(f'<div class="bx-scroll">{table}</div>')
