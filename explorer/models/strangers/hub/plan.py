"""What a model of the hub would cost, before anything of it is downloaded: files, bytes, parameters, terms."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from huggingface_hub import HfApi, get_session, hf_hub_url
from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils._headers import build_hf_headers
from huggingface_hub.utils._http import hf_raise_for_status
from huggingface_hub.utils._validators import validate_repo_id

from explorer.errors import (
    AnotherNetwork,
    HubGated,
    HubIdInvalid,
    HubNoSafetensors,
    HubNotAllowed,
    HubRefused,
    HubTooLarge,
    ModelTooLarge,
    TokenizerMissing,
)
from explorer.models.heads import head_of
from explorer.models.sites import sites
from explorer.models.skeleton import skeleton
from explorer.models.spec import Head, ModelSpec
from explorer.models.strangers import settings
from explorer.models.strangers.checks import (
    ADAPTER,
    CONFIG,
    SMALL_BYTES,
    TOKENIZER_FILES,
    WEIGHTS,
    config_of,
    weight_files,
)
from explorer.models.strangers.hub.client import door
from explorer.models.tokenizer import ACCEPTED

PLAN_SECONDS = 20.0
LISTING_BYTES = 4 * settings.MB  # some 15,000 files; parsing takes a hundred times the memory
COMMIT = re.compile(r"[0-9a-f]{40}")
# The hub's own service that offers older repositories their pickled weights as safetensors, and what it calls that.
CONVERTER, CONVERSION, PICKLED = "SFconvertbot", "Adding `safetensors` variant of this model", "pytorch_model.bin"


@dataclass(frozen=True)
class RemoteFile:
    """A file of a repository; digest: "sha256:…" of large files, "git:…" (a blob's SHA-1) of small ones."""

    name: str
    n_bytes: int
    digest: str


@dataclass(frozen=True)
class Plan:
    """One revision of a repository and everything of it that would be downloaded.

    revision: the commit. n_parameters: counted from the configuration, with the checkpoint's head. branch: where the
        hub's converter keeps that commit, for a repository that has only pickles itself; else "".
    """

    repo: str
    revision: str
    files: tuple[RemoteFile, ...]
    architecture: str
    head: Head
    n_parameters: int
    license: str
    branch: str = ""

    @property
    def n_bytes(self) -> int:
        """Size of the download."""
        return sum(file.n_bytes for file in self.files)

    @property
    def spec(self) -> ModelSpec:
        """The request for this model once it is here."""
        return ModelSpec("hub", self.repo, revision=self.revision, head=self.head)


def identifier(text: str) -> str:
    """A repository id from what a visitor typed or pasted; an address of the hub's page counts as its id.

    It is a name on the hub and nothing else: no path of this machine is ever looked at.

    Raises:
        HubIdInvalid, HubNotAllowed.
    """
    name = text.strip()
    for start in (f"{settings.hub_endpoint()}/", "https://huggingface.co/", "https://hf.co/"):
        name = name.removeprefix(start)
    name = name.split("/tree/")[0].rstrip("/")
    try:
        validate_repo_id(name)
    except HFValidationError as error:
        raise HubIdInvalid(found=text.strip()[:96]) from error
    check_allowed(name)
    return name


def check_allowed(name: str) -> None:
    """Compare an id with the operator's list.

    Raises:
        HubNotAllowed: when there is a list and it does not have the id.
    """
    allowed = settings.hub_allowed()
    if allowed and not any(fnmatchcase(name, pattern) for pattern in allowed):
        raise HubNotAllowed(found=name)


def plan(text: str, revision: str | None = None) -> Plan:
    """What this model would cost. A few small requests to the hub, at most `PLAN_SECONDS` together.

    Raises:
        HubIdInvalid, HubNotAllowed, HubNoSafetensors, HubTooLarge, ModelTooLarge, ModelUnsupported,
        AnotherNetwork, TokenizerMissing: refused.
        HubClosed, HubUnreachable, HubSilent, HubMissing, HubGated, HubRefused: no answer, or not that one.
        ConfigForbidden, ConfigInvalid, ConfigUnreadable …: as `configs.parse_config`.
    """
    name = identifier(text)
    about = name if revision is None else f"{name}@{revision[:7]}"
    with door(PLAN_SECONDS, LISTING_BYTES, about):
        api = HfApi(endpoint=settings.hub_endpoint(), token=False)
        info = api.model_info(name, revision=revision, files_metadata=True, timeout=None)
        branch = _converted(api, info) if revision is None else None
        if branch is not None:
            info = api.model_info(str(info.id), revision=branch, files_metadata=True, timeout=None)
        files, repo, commit = _listing(info), str(info.id), str(info.sha)
        licence = _licence(info)
        if info.gated or info.private:
            raise HubGated(found=name)
        _check_answer(name, repo, commit)
        wanted = _wanted(name, files)
        config = config_of(_small(repo, commit, files[CONFIG]))
    head = head_of(config)
    sites(config.model_type)
    count = sum(p.numel() for p in skeleton(config, head).parameters())
    _check_sizes(wanted, count)
    if not any(file.name in ACCEPTED for file in wanted):
        raise TokenizerMissing(found=repo, allowed=", ".join(ACCEPTED))
    return Plan(repo, commit, wanted, config.model_type, head, count, licence, branch or "")


def _converted(api: HfApi, info: Any) -> str | None:
    """The branch of the hub's converter for a repository that has pickles alone: one commit of its own on the newest.

    As transformers looks for it: opened by the converter and by nobody else.
    """
    names = {str(entry.rfilename) for entry in info.siblings or ()}
    if weight_files(names) or PICKLED not in names or info.gated or info.private:
        return None
    for found in api.get_repo_discussions(
        str(info.id), author=CONVERTER, discussion_type="pull_request", discussion_status="open", token=False
    ):
        if (found.author, found.title, found.status) == (CONVERTER, CONVERSION, "open") and found.is_pull_request:
            commits = api.list_repo_commits(str(info.id), revision=found.git_reference, token=False)
            if len(commits) > 1 and commits[1].commit_id == info.sha:
                return found.git_reference
    return None


def _check_answer(name: str, repo: str, commit: str) -> None:
    """The hub may answer with another name (gpt2 became openai-community/gpt2); it is held to the same rules."""
    host = settings.hub_endpoint()
    try:
        validate_repo_id(repo)
    except HFValidationError as error:
        raise HubRefused(host=host, reason="id") from error
    if not COMMIT.fullmatch(commit):
        raise HubRefused(host=host, reason="sha")
    if repo != name:
        check_allowed(repo)


def _listing(info: Any) -> dict[str, RemoteFile]:
    """The repository's files with a size and a digest; one without is as good as not there."""
    found = {}
    for entry in info.siblings or ():
        large = entry.lfs
        digest = f"sha256:{large['sha256']}" if large else f"git:{entry.blob_id}" if entry.blob_id else None
        if isinstance(entry.size, int) and entry.size >= 0 and digest:
            found[str(entry.rfilename)] = RemoteFile(str(entry.rfilename), entry.size, digest)
    return found


def _wanted(name: str, files: dict[str, RemoteFile]) -> tuple[RemoteFile, ...]:
    weights = weight_files(files)
    if ADAPTER in files:
        raise AnotherNetwork(reason="adapter", found=ADAPTER, allowed="-")
    if not weights or CONFIG not in files:
        raise HubNoSafetensors(found=name)
    names = [CONFIG, *(n for n in TOKENIZER_FILES if n in files), *weights]
    for small in names:
        if not WEIGHTS.fullmatch(small) and files[small].n_bytes > SMALL_BYTES:
            raise HubTooLarge(found=files[small].n_bytes // settings.MB, allowed=SMALL_BYTES // settings.MB)
    return tuple(files[n] for n in names)


def _check_sizes(files: tuple[RemoteFile, ...], n_parameters: int) -> None:
    n_bytes, allowed = sum(file.n_bytes for file in files), settings.hub_model_bytes()
    if n_bytes > allowed:
        raise HubTooLarge(found=n_bytes // settings.MB, allowed=allowed // settings.MB)
    if 4 * n_parameters > settings.memory_bytes():
        raise ModelTooLarge(found=4 * n_parameters // settings.MB, allowed=settings.memory_bytes() // settings.MB)


def _small(repo: str, commit: str, file: RemoteFile) -> str:
    """The text of a small file."""
    url = hf_hub_url(repo, file.name, revision=commit, endpoint=settings.hub_endpoint())
    response = get_session().get(url, headers=build_hf_headers(token=False))
    hf_raise_for_status(response)
    return response.content.decode("utf-8", "replace")  # the answer's own word for its encoding may be any codec's


def _licence(info: Any) -> str:
    tags = (str(tag) for tag in info.tags or ())
    return next((tag.removeprefix("license:")[:60] for tag in tags if tag.startswith("license:")), "")
