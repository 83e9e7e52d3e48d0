"""The hub of the tests is one for the library alone, without anything of ours: it is read as the real one is."""

import hashlib
import json
import os
import subprocess
import sys

import pytest

from tests.checkpoints import checkpoint
from tests.hub import serving

CODE = """
import json, sys
from huggingface_hub import HfApi, get_hf_file_metadata, hf_hub_download, hf_hub_url
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import parse_ratelimit_headers
api = HfApi(token=False)
found = {"bytes": {}, "metadata": {}, "errors": {}}
info = api.model_info("house/tiny", files_metadata=True)
found["info"] = [info.id, info.sha, info.gated, [s.rfilename for s in info.siblings]]
found["bare"] = [[s.size, s.blob_id, s.lfs] for s in api.model_info("house/tiny").siblings][0]
found["renamed"] = api.model_info("old", files_metadata=True).id
found["converted"] = [[d.num, d.author, d.git_reference] for d in api.get_repo_discussions("house/tiny")]
found["parents"] = [c.commit_id for c in api.list_repo_commits("house/tiny", revision="refs/pr/7")]
def whole(repo, name):
    with open(hf_hub_download(repo, name, cache_dir=sys.argv[1], token=False), "rb") as file:
        return file.read().hex()
for name in ("config.json", "model.safetensors"):
    seen = get_hf_file_metadata(hf_hub_url("house/tiny", name), token=False)
    xet = seen.xet_file_data and seen.xet_file_data.file_hash
    found["metadata"][name] = [seen.commit_hash, seen.etag, seen.size, seen.location, xet]
    found["bytes"][name] = whole("house/tiny", name)
found["old"] = whole("old", "config.json")
for about, ask in {
    "nothing": lambda: api.model_info("house/nothing"),
    "revision": lambda: api.model_info("house/tiny", revision="f" * 40),
    "file": lambda: get_hf_file_metadata(hf_hub_url("house/tiny", "no.json"), token=False),
    "gated": lambda: get_hf_file_metadata(hf_hub_url("house/gated", "config.json"), token=False),
    "disabled": lambda: api.model_info("house/off"),
    "limited": lambda: api.model_info("house/tiny", revision="limited"),
}.items():
    try:
        ask()
    except HfHubHTTPError as error:
        limit = parse_ratelimit_headers(error.response.headers)
        found["errors"][about] = [type(error).__name__, error.response.status_code, limit and limit.reset_in_seconds]
json.dump(found, sys.stdout)
"""


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """The hub, its folder, and what the library read of it, in a process that is online."""
    folder = checkpoint(tmp_path_factory.mktemp("published") / "m")
    with serving() as hub:
        tiny = hub.add("house/tiny", folder)
        tiny.converted = tiny.files
        hub.add("old", folder, renamed="house/new")
        hub.add("house/gated", folder, gated="manual")
        hub.add("house/off", folder, disabled=True)
        online = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING"))}
        online |= {"HF_ENDPOINT": hub.address, "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
        online["HF_HOME"] = str(tmp_path_factory.mktemp("home"))
        hub.troubles = [("/revision/limited", 429, {"RateLimit": '"api";r=0;t=55'})]
        arguments = [sys.executable, "-c", CODE, str(tmp_path_factory.mktemp("cache"))]
        done = subprocess.run(arguments, check=False, env=online, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr[-3000:]
        yield hub, folder, json.loads(done.stdout)


def test_repositories(asked):
    hub, folder, found = asked
    repo = hub.repos["house/tiny"]
    assert found["info"] == ["house/tiny", repo.sha, False, list(repo.files)]
    assert found["bare"] == [None, None, None], "sizes and digests only when they are asked for"
    assert found["renamed"] == "house/new" and bytes.fromhex(found["old"]) == (folder / "config.json").read_bytes()
    assert found["converted"] == [[9, "mallory", "refs/pr/9"], [7, "SFconvertbot", "refs/pr/7"]]
    assert found["parents"] == [repo.branch_sha, repo.sha]


def test_files(asked):
    hub, folder, found = asked
    for name, seen in found["bytes"].items():
        assert bytes.fromhex(seen) == (folder / name).read_bytes()
    sha, etag, size, location, xet = found["metadata"]["config.json"]
    assert (sha, size, xet) == (hub.repos["house/tiny"].sha, (folder / "config.json").stat().st_size, None)
    assert len(etag) == 40 and location.startswith(f"{hub.address}/api/resolve-cache/models/house/tiny/{sha}/")
    sha, etag, size, location, xet = found["metadata"]["model.safetensors"]
    data = (folder / "model.safetensors").read_bytes()
    assert (sha, etag, size) == (hub.repos["house/tiny"].sha, hashlib.sha256(data).hexdigest(), len(data))
    assert location.startswith(hub.content) and "Signature=" in location and len(xet) == 64 and xet != etag


def test_refusals(asked):
    *_, found = asked
    assert found["errors"] == {
        "nothing": ["RepositoryNotFoundError", 401, None],
        "revision": ["RevisionNotFoundError", 404, None],
        "file": ["RemoteEntryNotFoundError", 404, None],
        "gated": ["GatedRepoError", 401, None],
        "disabled": ["DisabledRepoError", 403, None],
        "limited": ["HfHubHTTPError", 429, 55],
    }
