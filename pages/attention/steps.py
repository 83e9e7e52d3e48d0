"""How one attention weight comes about, step by step, with the model's own numbers."""

from explorer.analysis.attention.steps import head_chain
from explorer.capture.facts import facts_of
from explorer.ui.panels.attention.steps import draw_step, token_pair
from explorer.ui.parts import controls
from explorer.ui.parts.show import check, numbers, reading
from explorer.ui.shell.page import Visit, fragment, page


@fragment
def panel(visit: Visit) -> None:
    with controls.strip():
        layer = controls.layer(visit, default=1)
        head = controls.head(visit, default=8)
    scene = visit.scene
    query, key = token_pair(visit.t, scene.encoded, scene.keys, facts_of(scene.handle).causal[layer])
    info = head_chain(scene, layer, head, query, key)
    draw_step(visit.t, info)
    reading(visit.t, info)
    check(visit.t, info.difference)
    numbers(visit.t, info, "steps", False)


with page("steps") as visit:
    panel(visit)
