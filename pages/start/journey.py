"""What happens to the visitor's sentence, from word pieces to the outputs, drawn with the numbers of this run."""

from explorer.analysis.start.journey import journey
from explorer.ui.browser.journey import flow, place, title
from explorer.ui.parts.guess import mask_link
from explorer.ui.parts.show import show
from explorer.ui.shell.navigation import ways
from explorer.ui.shell.page import page

with page("journey", title) as visit:
    ways(visit.t)
    scene = visit.scene
    token, layer, head = place(scene)
    info = journey(scene, layer, token, head)
    show(visit.t, lambda: flow(info, scene.encoded, visit.t), info, "journey")
    mask_link(visit, token)
