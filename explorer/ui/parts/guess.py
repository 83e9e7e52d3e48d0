"""What a change does to a guess: one word hidden, and what the model puts there as it is and changed."""

import html

import streamlit as st

from explorer.analysis.input.positions import TABLES
from explorer.analysis.pretraining.changed_guess import OWN, Change, ChangedGuess, changed_guess
from explorer.analysis.pretraining.masked import maskable
from explorer.capture.changes.variant import Variant
from explorer.capture.offered import reason_against
from explorer.errors import NotInThisModel
from explorer.i18n import Translator
from explorer.models.encode import Encoded
from explorer.models.handle import ModelHandle
from explorer.ui.parts.guess_table import guess_table
from explorer.ui.parts.heads_offered import MLM, SAYS
from explorer.ui.parts.show import show
from explorer.ui.shell import cached, followed, navigation
from explorer.ui.shell.page import Visit

changed = cached.few(256)(changed_guess)


def hideable(visit: Visit, encoded: Encoded) -> list[int]:
    """The word that is hidden unless the visitor says otherwise: the followed one, else the last."""
    may = maskable(visit.handle, encoded).tolist()
    words = [i for i, allowed in enumerate(may) if allowed and encoded.bare[i].isalnum()]
    token = followed.token(visit)
    return [token] if token in words else words[-1:]


def possible(handle: ModelHandle, change: Change) -> bool:
    """Whether the model can be run under this change."""
    if isinstance(change, Variant):
        return reason_against(handle, change) is None
    if handle.restores:  # its head reads the decoder, whose own table would stay
        return False
    try:
        TABLES[change](handle)
        return True
    except NotInThisModel:
        return False


def consequence(visit: Visit, name: str, change: Change, **facts: object) -> None:
    """Under a page's own picture: what its change does to a guess. Nothing where the model has no masked words.

    name: of the change, for its label `guess.change.<name>` with these facts.
    """
    t, scene = visit.t, visit.scene
    places = hideable(visit, scene.encoded) if predicts(visit) else []
    if not places or (isinstance(change, str) and not possible(visit.handle, change)):
        return
    info = changed(scene, tuple(places), places[0], ((name, change),))
    st.html(f"<h2>{html.escape(t('guess.title', word=scene.encoded.tokens[places[0]]))}</h2>")
    show(t, lambda: st.html(guesses(visit, info, {name: t(f"guess.change.{name}", **facts)})), info, f"guess-{name}")
    here = {"mask": tuple(places), "show": "changed"}
    navigation.link("masked", t("guess.more"), here, "password")


def mask_link(visit: Visit, *shown: int) -> None:
    """The way to hide a word and guess it, where the model can: the word that is shown, by default the followed one."""
    encoded = visit.scene.encoded
    may = maskable(visit.handle, encoded) if predicts(visit) else ()
    for token in (token for token in shown or hideable(visit, encoded) if len(may) and may[token]):
        label = visit.t("guess.mask_word", word=encoded.tokens[token])
        navigation.link("masked", label, {"show": "guess", "mask": (token,)}, "password")


def predicts(visit: Visit) -> bool:
    """Whether the model has masked words and a head for them."""
    return visit.handle.mask_id is not None and SAYS[MLM](visit.scene.capture())


def guesses(visit: Visit, info: ChangedGuess, labels: dict[str, str]) -> str:
    """The table of a changed guess; labels: of the changes."""
    t: Translator = visit.t
    names = [t("guess.change.as_is") if name == OWN else labels[name] for name in info.names]
    return guess_table(t, names, info.words, info.probs, (info.followed, info.ranks, info.shares), visit.palette)
