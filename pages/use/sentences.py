"""One vector for a sentence: four poolings at every layer, and which of them keeps related sentences together."""

from explorer.models.registry import OFFERS
from explorer.ui.panels.use import sentences
from explorer.ui.parts import controls
from explorer.ui.parts.show import say
from explorer.ui.parts.text_lists import layers_passed, warn_if_foreign
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import notice, page

with page("sentences") as visit:
    t = visit.t
    with controls.strip():
        view = controls.choice(t, "sentences", "view", tuple(sentences.VIEWS), bare=True)
        listed = sentences.chosen_list(visit)
        with controls.more(t):
            depth = layers_passed(visit)
            special = controls.choice(t, "sentences", "special", ("with", "without")) == "with"
    if listed.cut:
        notice(t("sentences.cut", n=listed.cut))
    warn_if_foreign(visit, listed.sentences)
    found = sentences.vectors(visit.spec, listed.sentences, special)
    if "cls" not in found.poolings:
        notice(t("sentences.no_cls"))
    sentences.VIEWS[view](visit, listed, found, depth)
    if visit.spec == OFFERS["minilm"]:
        say(t("sentences.note"))
    links(t, sentences.tries(visit))
