"""Linear probes: can a label be read off the vectors by one linear map? On examples that the probe has not seen.

Ridge regression in closed form on targets ±1 (as scikit-learn's RidgeClassifier), or logistic regression. Each score
stands beside two others: the majority class, and the same probe on shuffled labels (Hewitt & Liang 2019 on controls).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from torch import Tensor

from explorer.errors import ProbeImpossible

METHODS = ("ridge", "logistic")

# Ridge for each training example, on columns of variance 1: enough where there are about as many columns as examples.
RIDGE = 0.05
ITERATIONS = 300


@dataclass(frozen=True, eq=False)
class Split:
    """Which examples a probe learns from and which it is judged by; no example, and no group, is in both."""

    train: Int[np.ndarray, " A"]
    test: Int[np.ndarray, " B"]
    seed: int


@dataclass(frozen=True, eq=False)
class LinearMap:
    """A fitted probe: the class with the largest entry of (x - mean) / spread · weight + bias."""

    mean: Float[np.ndarray, " D"]
    spread: Float[np.ndarray, " D"]
    weight: Float[np.ndarray, "D C"]
    bias: Float[np.ndarray, " C"]

    def scores(self, features: Float[Tensor, "N D"]) -> Float[np.ndarray, "N C"]:
        """One value for each class."""
        return np.asarray((_array(features) - self.mean) / self.spread @ self.weight + self.bias)

    def predicted(self, features: Float[Tensor, "N D"]) -> Int[np.ndarray, " N"]:
        """Number of the class, by the order in which `coded` gave them."""
        return np.asarray(self.scores(features).argmax(1))


@dataclass(frozen=True)
class ProbeScore:
    """Shares of held-out examples that were right.

    majority: always the most frequent class of the training half. control: the same probe, labels shuffled among all
    examples before the split was used.
    """

    accuracy: float
    majority: float
    control: float
    n_train: int
    n_test: int
    n_classes: int
    method: str
    seed: int


def probe(
    features: Float[Tensor, "N D"],
    labels: Sequence[str] | Sequence[int] | np.ndarray,
    method: str = "ridge",
    seed: int = 0,
    held_out: float = 0.25,
    groups: Sequence[int] | None = None,
) -> ProbeScore:
    """Fit on one part of the examples, judge on the rest.

    groups: of each example, for instance its sentence; a group is never divided between the two parts.

    Raises:
        ProbeImpossible: with fewer than two classes, or too few examples or groups to divide.
    """
    classes, codes = coded(labels)
    return judge(features, codes, len(classes), split(len(codes), seed, held_out, groups), method)


def probe_layers(
    states: Sequence[Float[Tensor, "N D"]],
    labels: Sequence[str] | Sequence[int] | np.ndarray,
    method: str = "ridge",
    seed: int = 0,
    held_out: float = 0.25,
    groups: Sequence[int] | None = None,
) -> tuple[ProbeScore, ...]:
    """The same probe, on the same division, for every layer's vectors of the same examples."""
    return tuple(probe(features, labels, method, seed, held_out, groups) for features in states)


def coded(labels: Sequence[str] | Sequence[int] | np.ndarray) -> tuple[tuple[str, ...], Int[np.ndarray, " N"]]:
    """The classes in sorted order, and the number of each example's class.

    Raises:
        ProbeImpossible: with fewer than two classes.
    """
    classes, codes = np.unique(np.asarray(labels), return_inverse=True)
    if len(classes) < 2:
        raise ProbeImpossible(examples=len(codes), classes=len(classes))
    return tuple(str(name) for name in classes), codes


def split(n: int, seed: int = 0, held_out: float = 0.25, groups: Sequence[int] | None = None) -> Split:
    """Draw which of n examples are held out: about that share of the examples, or of the groups.

    Raises:
        ProbeImpossible: when one of the two parts would be empty.
    """
    names = np.arange(n) if groups is None else np.asarray(groups)
    units = np.unique(names)
    n_test = round(held_out * len(units))
    if not 0 < n_test < len(units):
        raise ProbeImpossible(examples=len(units), classes=0)
    drawn = np.random.default_rng(seed).permutation(units)[:n_test]
    held = np.isin(names, drawn)
    return Split(np.flatnonzero(~held), np.flatnonzero(held), seed)


def judge(
    features: Float[Tensor, "N D"], codes: Int[np.ndarray, " N"], n_classes: int, parts: Split, method: str = "ridge"
) -> ProbeScore:
    """Accuracy on the held-out part, beside the majority class and the probe on shuffled labels."""
    shuffled = np.random.default_rng(parts.seed + 1).permutation(codes)
    accuracy, control = (_accuracy(features, names, n_classes, parts, method) for names in (codes, shuffled))
    most = np.bincount(codes[parts.train], minlength=n_classes).argmax()
    return ProbeScore(
        accuracy=accuracy,
        majority=float((codes[parts.test] == most).mean()),
        control=control,
        n_train=len(parts.train),
        n_test=len(parts.test),
        n_classes=n_classes,
        method=method,
        seed=parts.seed,
    )


def fit(
    features: Float[Tensor, "N D"], codes: Int[np.ndarray, " N"], n_classes: int, method: str = "ridge"
) -> LinearMap:
    """Fit a probe on all of these examples; columns are first brought to mean 0 and variance 1.

    Raises:
        ProbeImpossible: when all examples are of one class.
    """
    if len(np.unique(codes)) < 2:
        raise ProbeImpossible(examples=len(codes), classes=1)
    x = _array(features)
    mean, spread = x.mean(0), x.std(0)
    # A column that does not vary says nothing; dividing by rounding errors would make it shout.
    spread[spread <= 1e-9 * (np.abs(mean) + 1)] = np.inf
    weight, bias = {"ridge": _ridge, "logistic": _logistic}[method]((x - mean) / spread, codes, n_classes)
    return LinearMap(mean, spread, weight, bias)


def _accuracy(features: Tensor, codes: np.ndarray, n_classes: int, parts: Split, method: str) -> float:
    fitted = fit(features[parts.train], codes[parts.train], n_classes, method)
    return float((fitted.predicted(features[parts.test]) == codes[parts.test]).mean())


def _ridge(x: np.ndarray, codes: np.ndarray, n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    """(XᵀX + λ)⁻¹ Xᵀ Y for centred columns, or the same through the smaller N x N system."""
    targets = np.where(codes[:, None] == np.arange(n_classes), 1.0, -1.0)
    bias = targets.mean(0)
    n, d = x.shape
    ridge = RIDGE * n
    if d <= n:
        return np.linalg.solve(x.T @ x + ridge * np.eye(d), x.T @ (targets - bias)), bias
    return x.T @ np.linalg.solve(x @ x.T + ridge * np.eye(n), targets - bias), bias


def _logistic(x: np.ndarray, codes: np.ndarray, n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    # Importing scikit-learn takes a second, which a page without probes should not wait for.
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(max_iter=ITERATIONS).fit(x, codes)
    rows, shift = fitted.coef_, fitted.intercept_
    if len(fitted.classes_) == 2:  # one row stands for the second class against the first
        rows, shift = np.vstack([-rows, rows]) / 2, np.concatenate([-shift, shift]) / 2
    weight, bias = np.zeros((x.shape[1], n_classes)), np.full(n_classes, -np.inf)
    weight[:, fitted.classes_], bias[fitted.classes_] = rows.T, shift
    return weight, bias


def _array(features: Float[Tensor, "N D"]) -> np.ndarray:
    return np.asarray(features.detach().double().cpu().numpy())
