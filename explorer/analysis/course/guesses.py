"""Answers of the two heads of BERT's pre-training: the hidden word, and whether a text follows another."""

import torch

from explorer.analysis.course.answer import Answer, key
from explorer.analysis.course.places import Place
from explorer.analysis.pretraining.masked import hide, maskable
from explorer.analysis.pretraining.next_sentence import follows
from explorer.capture.changes.variant import AS_IS, Variant
from explorer.capture.heads import outputs, word_logits
from explorer.capture.run import run
from explorer.capture.scene import Scene
from explorer.errors import HeadMissing, NothingToHide
from explorer.models.encode import encode, named

FEW = 5


@key
def rank_of_hidden(scene: Scene, at: Place) -> Answer:
    """Whether the word, hidden, is the first guess ("first"), among five ("five"), or further down ("later")."""
    said, place = _guess(scene, at)
    own = int(scene.encoded.ids[0, place])
    rank = 1 + int((said > said[own]).sum())
    return Answer("first" if rank == 1 else "five" if rank <= FEW else "later", f"#{rank:,}: {said[own]:.1%}")


@key
def share_of_hidden(scene: Scene, at: Place) -> Answer:
    """The probability that the hidden word gets at its place, in percent."""
    said, place = _guess(scene, at)
    return Answer(100 * float(said[int(scene.encoded.ids[0, place])]))


@key
def guess_unscaled(scene: Scene, at: Place) -> Answer:
    """Whether the first guess at the word's place stays the same in the network without the scale: "same", "other"."""
    best = [int(_guess(scene, at, variant)[0].argmax()) for variant in (AS_IS, Variant(scale="none"))]
    return Answer("same" if best[0] == best[1] else "other", " → ".join(named(scene.handle, best)))


@key
def second_follows(scene: Scene, at: Place, first: str = "", second: str = "") -> Answer:
    """Whether this model takes the second text for the next one of the first: "yes", "no"."""
    handle = scene.handle
    with torch.no_grad():
        said = outputs(handle, encode(handle, first, second))
    if "seq_relationship_logits" not in said:
        raise HeadMissing(found="next_sentence", model=handle.config.model_type, allowed="–")
    share = follows(said)
    return Answer("yes" if share > 0.5 else "no", f"{share:.1%}")


def _guess(scene: Scene, at: Place, variant: Variant = AS_IS) -> tuple[torch.Tensor, int]:
    """What the head says at the word's place when it is hidden, and the place: the nearest that can be hidden."""
    handle, encoded = scene.handle, scene.encoded
    may = maskable(handle, encoded).nonzero()[:, 0].tolist()
    if not may:
        raise NothingToHide()
    place = min(may, key=lambda one: abs(one - at.token))
    seen = run(handle, hide(handle, encoded, [place]), variant=variant)
    if seen.guesses != "masked":
        raise HeadMissing(found="mlm", model=handle.config.model_type, allowed="–")
    return word_logits(handle, seen, (0, place)).float().softmax(-1), place
