"""Whether the second text follows the first: the second task of BERT's pre-training."""

from explorer.ui.panels.pretraining.next_sentence import VIEWS, sentence_order
from explorer.ui.parts import controls, heads_offered
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import page, remarks

with page("next_sentence", remarked=False) as visit:
    sentence_order(visit)
    shown = heads_offered.with_head(visit, heads_offered.NSP, "next_sentence")
    if shown is not None:
        remarks(shown)
        with controls.strip():
            view = controls.choice(visit.t, "next_sentence", "nsp", tuple(VIEWS), bare=True)
        VIEWS[view](shown)
        links(
            visit.t,
            {
                "next_sentence.try.orders": ("next_sentence", {"nsp": "orders"}),
                "next_sentence.try.segments": ("next_sentence", {"nsp": "segments"}),
                "next_sentence.try.sum": ("sum", {}),
            },
        )
