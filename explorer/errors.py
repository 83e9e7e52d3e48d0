"""One class per reason for which a visitor's request cannot be met; each carries the facts of its sentence.

The sentence itself stands in the catalogue under `error.<ClassName>` in every language (see `i18n`), so that an
error is worded where it is read and not where it is raised.
"""

from typing import ClassVar


class ExplorerError(Exception):
    """A request that cannot be met, with the facts (what was found, what is allowed) that its sentence names."""

    facts: dict[str, object]
    wants: ClassVar[tuple[str, ...]] = ()

    def __init__(self, **facts: object) -> None:
        if set(facts) != set(self.wants):
            raise TypeError(f"{type(self).__name__} takes the facts {self.wants}, not {tuple(facts)}")
        self.facts = facts
        super().__init__(f"{type(self).__name__}: " + ", ".join(f"{k}={v!r}" for k, v in facts.items()))

    @property
    def message(self) -> str:
        """Key of the sentence in the catalogue."""
        return f"error.{type(self).__name__}"


class EmptyText(ExplorerError):
    """Nothing to run: the text has no character that the tokenizer keeps."""


class TextTooLong(ExplorerError):
    """More characters than one run reads. Word pieces beyond the model's positions are cut and marked instead."""

    wants = ("found", "allowed")


class ModelMissing(ExplorerError):
    """The package or folder that holds the model is not installed."""

    wants = ("source",)


class ModelFileChanged(ExplorerError):
    """A weight or tokenizer file differs from the published one."""

    wants = ("file", "found", "expected")


class ModelUnsupported(ExplorerError):
    """The architecture is not in the table of sites, so nothing inside it could be named."""

    wants = ("found", "allowed")


class ConfigInvalid(ExplorerError):
    """A configuration field has a value that no model can be built from."""

    wants: ClassVar[tuple[str, ...]] = ("field", "found", "allowed")


class NoWeights(ExplorerError):
    """A model without weights (kind `meta`) can be counted, not run."""

    wants = ("source",)


class VariantInvalid(ExplorerError):
    """A change was asked for that cannot be made in any model, or not in this one."""

    wants = ("field", "found", "allowed")


class LayerMissing(ExplorerError):
    """The model has no layer with this number (counted from 0)."""

    wants = ("found", "layers")


class ConfigUnreadable(ExplorerError):
    """The text of a configuration is no JSON object, or longer than any real one."""

    wants = ("reason",)


class ConfigForbidden(ConfigInvalid):
    """A configuration asks for code or a kernel from elsewhere."""

    wants: ClassVar[tuple[str, ...]] = ("field",)


class ConfigIncomplete(ExplorerError):
    """A configuration does not name the sizes without which the model cannot be counted."""

    wants = ("missing",)


class ConfigUnbuildable(ExplorerError):
    """The library refuses to build a model from these fields; the reason is its own."""

    wants = ("reason",)


class HeadMissing(ExplorerError):
    """The architecture has no such head on top."""

    wants = ("found", "model", "allowed")


class VectorInvalid(ExplorerError):
    """A typed vector with something in it that is no number, with too many entries, or with none."""

    wants = ("found", "allowed")


class FactorInvalid(ExplorerError):
    """A typed factor on q·k that no comparison can be made with: not a number, zero, negative or too large."""

    wants = ("found", "allowed")


class WordNotInVocabulary(ExplorerError):
    """The word is not one entry of the vocabulary, so it has no row of its own in the word table."""

    wants = ("found", "pieces")


class NoSharedWord(ExplorerError):
    """The two texts have no word piece in common, so none can be compared."""


class MaskSharesInvalid(ExplorerError):
    """Shares of the masking recipe that are below 0 or add up to more than all."""

    wants = ("found", "allowed")


class NoMaskToken(ExplorerError):
    """The vocabulary has no token that hides a word."""

    wants = ("found",)


class StepTooLarge(ExplorerError):
    """Windows that start further apart than they are wide would leave word pieces between them unread."""

    wants = ("found", "allowed")


class TooManyWindows(ExplorerError):
    """So many windows that the run would keep the machine from the other visitors."""

    wants = ("found", "allowed")


class TrainingInvalid(ExplorerError):
    """A setting of a training that is outside of what the lab trains."""

    wants = ("field", "found", "allowed")


class ModelGone(ExplorerError):
    """A model that was trained on this server is no longer kept, or never was here."""

    wants = ("name",)


class QueueFull(ExplorerError):
    """More trainings are waiting than anybody would wait for."""

    wants = ("waiting",)
