"""How one attention weight comes about, step by step, with the model's own numbers."""

from explorer.analysis.attention.steps import head_chain
from explorer.ui.browser.journey import place
from explorer.ui.panels.attention.steps import draw_steps, token_pair
from explorer.ui.parts import controls
from explorer.ui.parts.show import numbers
from explorer.ui.shell.page import Visit, fragment, page


@fragment
def panel(visit: Visit) -> None:
    scene = visit.scene
    token, layer, head = place(scene)
    with controls.strip():
        layer = controls.layer(visit, default=layer)
        head = controls.head(visit, default=head)
    query, key = token_pair(visit.t, scene, layer, head, token)
    info = head_chain(scene, layer, head, query, key)
    draw_steps(visit.t, info)
    numbers(visit.t, info, "steps", False)


with page("steps") as visit:
    panel(visit)
