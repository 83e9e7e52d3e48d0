"""Answers about a text as one vector."""

import numpy as np

from explorer.analysis.course.answer import Answer, key, number
from explorer.analysis.course.places import Place
from explorer.analysis.use.pooling import sentence_vectors
from explorer.capture.scene import Scene


@key
def nearer(scene: Scene, at: Place, a: str = "", b: str = "") -> Answer:
    """Which of two sentences lies nearer to the visitor's text, by the mean of the last states: "a", "b"."""
    cosine = _cosines(scene, (scene.encoded.text, a, b), "mean")
    return Answer("a" if cosine[0, 1] >= cosine[0, 2] else "b", f"{cosine[0, 1]:.2f} : {cosine[0, 2]:.2f}")


@key
def cosine_to(scene: Scene, at: Place, other: str = "", pooling: str = "mean") -> Answer:
    """The cosine of the visitor's text and another sentence."""
    return Answer(float(_cosines(scene, (scene.encoded.text, other), pooling)[0, 1]))


@key
def closer_pooling(scene: Scene, at: Place, other: str = "") -> Answer:
    """Under which pooling the text and a sentence with another subject are more alike: "cls" or "mean"."""
    cls, mean = (float(_cosines(scene, (scene.encoded.text, other), name)[0, 1]) for name in ("cls", "mean"))
    return Answer("cls" if cls > mean else "mean", f"{number(cls)} : {number(mean)}")


def _cosines(scene: Scene, sentences: tuple[str, ...], pooling: str) -> np.ndarray:
    found = sentence_vectors(scene.handle, sentences)
    return found.cosine(pooling, found.depths - 1)
