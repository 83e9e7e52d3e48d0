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

    wants: ClassVar[tuple[str, ...]] = ("found", "allowed")


class ArchitectureRefused(ModelUnsupported):
    """An architecture that is known, and why nothing inside it is shown; each reason has its own sentence."""

    wants = ("reason", "found", "allowed")

    @property
    def message(self) -> str:
        """Key of the sentence of this reason."""
        return f"error.ArchitectureRefused.{self.facts['reason']}"


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


class TrainingInvalid(ExplorerError):
    """A setting of a training that is outside of what the lab trains."""

    wants = ("field", "found", "allowed")


class ModelGone(ExplorerError):
    """A model that was trained on this server is no longer kept, or never was here."""

    wants = ("name",)


class WorkStopped(ExplorerError):
    """The visitor has stopped the work that this picture needs."""


class QueueFull(ExplorerError):
    """More trainings are waiting than anybody would wait for."""

    wants = ("waiting",)


class MaskSharesInvalid(ExplorerError):
    """Shares of the masking recipe that are below 0 or add up to more than all."""

    wants = ("found", "allowed")


class NoMaskToken(ExplorerError):
    """The vocabulary has no token that hides a word."""

    wants = ("found",)


class NoSecondText(ExplorerError):
    """A question about a pair of texts, and there is only one."""


class SentencesUnfit(ExplorerError):
    """A list of sentences that is too short or too long to try every order."""

    wants = ("found", "allowed")


class NothingTied(ExplorerError):
    """The model's output layer is missing, or has a table of its own already."""

    wants = ("found",)


class NothingToHide(ExplorerError):
    """The text has special tokens only, so no word can be hidden."""


class TooLargeToTrain(ExplorerError):
    """An experiment that trains private copies is bounded in parameters."""

    wants = ("found", "allowed")


class ProbeImpossible(ExplorerError):
    """Too few examples, or too few different labels, to fit a probe on one part and judge it on another."""

    wants = ("examples", "classes")


class TooFewSentences(ExplorerError):
    """Similarity needs two sentences."""

    wants = ("found",)


class TooManySentences(ExplorerError):
    """More sentences than a readable matrix has rows."""

    wants = ("found", "allowed")


class TableTooLarge(ExplorerError):
    """A table of more bytes than one visitor's training needs; in megabytes (10⁶)."""

    wants = ("found", "allowed")


class TableUnreadable(ExplorerError):
    """No row of the table has a text and a label, or it is no text at all."""


class OneLabel(ExplorerError):
    """Nothing can be told apart: fewer than two labels have two texts."""

    wants = ("found", "rare")


class TooManyLabels(ExplorerError):
    """More labels than a confusion matrix can be read with."""

    wants = ("found", "allowed")


class TuningImpossible(ExplorerError):
    """The top layers of this architecture cannot be run on their own, so they cannot be trained here."""

    wants = ("found",)


class TooFewShared(ExplorerError):
    """Two texts have fewer tokens in common than the similarity of their layers can be computed from."""

    wants = ("found", "needed")


class NotInThisModel(ExplorerError):
    """This architecture has no such part, or a change would change nothing in it; each reason has its own sentence."""

    wants = ("model", "reason")

    @property
    def message(self) -> str:
        """Key of the sentence of this reason."""
        return f"error.NotInThisModel.{self.facts['reason']}"


class HubClosed(ExplorerError):
    """The operator has closed the way to the model hub."""


class HubIdInvalid(ExplorerError):
    """The text is no repository id of a hub: `name` or `organisation/name`, never a path."""

    wants = ("found",)


class HubNotAllowed(ExplorerError):
    """The operator's list does not have this repository."""

    wants = ("found",)


class HubUnreachable(ExplorerError):
    """No connection to the hub: no network, no such host, or the connection was refused."""

    wants = ("host",)


class HubSilent(ExplorerError):
    """The hub took the connection and then sent nothing, or too slowly."""

    wants = ("host",)


class HubMissing(ExplorerError):
    """The hub shows no such repository or revision to everybody: it does not exist, or it is private."""

    wants = ("found",)


class HubGated(ExplorerError):
    """The repository is given only to people who signed in and agreed to its terms."""

    wants = ("found",)


class HubRefused(ExplorerError):
    """The hub answered, but not with what was asked for."""

    wants = ("host", "reason")


class HubLimited(ExplorerError):
    """The hub answers no more questions from this address for so many seconds (HTTP 429)."""

    wants = ("host", "seconds")


class HubTroubled(ExplorerError):
    """The hub says that it cannot answer now (HTTP 5xx): no fault of the question."""

    wants = ("host", "status")


class HubNoSafetensors(ExplorerError):
    """The repository has no weights as safetensors; pickled ones can run code and are not opened."""

    wants = ("found",)


class HubTooLarge(ExplorerError):
    """One model of this size is not downloaded here."""

    wants = ("found", "allowed")


class HubFull(ExplorerError):
    """The folder of downloaded models would become larger than the operator allows, or the disk has no room."""

    wants = ("found", "room")


class HubBusy(ExplorerError):
    """As many downloads as the server takes are running."""

    wants = ("running",)


class DownloadBroken(ExplorerError):
    """The connection broke and several attempts to go on failed; what came is kept."""

    wants = ("host", "received", "expected")


class FolderMissing(ExplorerError):
    """The operator's folder of models has no model of this name (any more)."""

    wants = ("found",)


class FileOutside(ExplorerError):
    """A file of a model is a link to somewhere outside the operator's folder, or no plain file."""

    wants = ("file",)


class FileTooLarge(ExplorerError):
    """A file of a model is larger than any real one of its kind, or than this server reads."""

    wants = ("file", "found", "allowed")


class WeightsBroken(ExplorerError):
    """A file of weights is cut off, or is no safetensors file."""

    wants: ClassVar[tuple[str, ...]] = ("file", "reason")


class WeightsPickled(WeightsBroken):
    """Weights in a format that can run code when it is opened; the line that writes them as safetensors."""

    wants = ("found", "line")


class WeightsIncomplete(WeightsBroken):
    """Parts of weights that were saved in several files are not there."""

    wants = ("missing", "found")


class WeightsAbsent(WeightsBroken):
    """No weights that are read here; what lies in the folder instead."""

    wants = ("found",)


class WeightsMissing(ExplorerError):
    """The configuration describes weights that the files do not have; the library would draw them at random."""

    wants = ("n", "example")


class WeightsUnlike(ExplorerError):
    """A weight in the files has another shape than the configuration says, or is not finite."""

    wants = ("reason",)


class AnotherNetwork(ExplorerError):
    """The files describe a network that the library does not build from them; each reason has its own sentence."""

    wants = ("reason", "found", "allowed")

    @property
    def message(self) -> str:
        """Key of the sentence of this reason."""
        return f"error.AnotherNetwork.{self.facts['reason']}"


class ModelTooLarge(ExplorerError):
    """More memory than this server keeps for models."""

    wants = ("found", "allowed")


class TokenizerRefused(ExplorerError):
    """A tokenizer that is unreadable, or made so that a short text becomes endless work."""

    wants: ClassVar[tuple[str, ...]] = ("reason",)


class TokenizerMissing(ExplorerError):
    """A model without any file from which its tokenizer could be made."""

    wants = ("found", "allowed")


class TokenOutside(TokenizerRefused):
    """A token whose number is not a row of the word table: it was added, and the table was not made longer."""

    wants = ("found", "number", "rows")


class FolderOutside(ExplorerError):
    """A link to a folder that leads out of the operator's folder of models, or nowhere."""

    wants = ("found",)


class FolderWithout(ExplorerError):
    """A folder in which, and one level below which, no config.json lies; what lies there instead."""

    wants = ("found",)


class FolderUnnamed(ExplorerError):
    """A folder whose name cannot be shown, and so cannot stand in a link."""


class FoldersTooMany(ExplorerError):
    """More folders than the menu lists."""

    wants = ("allowed",)


class StepTooLarge(ExplorerError):
    """Windows that start further apart than they are wide would leave word pieces between them unread."""

    wants = ("found", "allowed")


class TooManyWindows(ExplorerError):
    """So many windows that the run would keep the machine from the other visitors."""

    wants = ("found", "allowed")


class TokenizerNotConverted(ExplorerError):
    """A model without tokenizer.json whose older vocabulary file gives no tokenizer."""

    wants = ("found",)


class HeadUnsupported(ExplorerError):
    """A checkpoint of a class whose stacks do not stand where those of its architecture do."""

    wants = ("found",)


class StoreBroken(ExplorerError):
    """The folder of downloaded models cannot be written; the reason is the system's."""

    wants = ("reason",)


class NoSuchRoom(ExplorerError):
    """No class room has this code, or it is over."""

    wants = ("found",)


class RoomFull(ExplorerError):
    """As many have joined a class room as may."""

    wants = ("allowed",)


class RoomsFull(ExplorerError):
    """There are as many class rooms as one server has."""

    wants = ("allowed",)


class TooManyTries(ExplorerError):
    """More wrong codes, rooms or questions than one address or person has a use for."""

    wants = ("seconds",)


class NotTheTeacher(ExplorerError):
    """Only the teacher may do this, or only one who knows the word that the operator has set."""


class VoteTooLate(ExplorerError):
    """The question is over, or the class is at another one."""
