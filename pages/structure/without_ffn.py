"""BERT without its intermediate layers: trained so from the start, and cut out of a trained model."""

from explorer.ui.panels.structure import removal, without_ffn
from explorer.ui.parts import controls
from explorer.ui.shell.navigation import link_if_there, links
from explorer.ui.shell.page import page

VIEWS = {"trained": without_ffn.panel, "removed": removal.panel}

with page("without_ffn") as visit:
    view = controls.choice(visit.t, "without_ffn", "view", tuple(VIEWS), bare=True)
    VIEWS[view](visit)
    links(visit.t, removal.tries(visit))
    link_if_there(visit.t, "without_ffn.lab", "training_lab")
