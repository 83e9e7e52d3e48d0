"""The real huggingface_hub client against a hub on the loopback address: plan, download, stop, resume, refusals."""

import errno
import json
import os
import socket
import subprocess
import sys
import time
from threading import Event, Thread
from uuid import uuid4

import pytest
import torch

from explorer import ModelSpec, load, run
from explorer.errors import (
    ConfigForbidden,
    ConfigInvalid,
    DownloadBroken,
    ExplorerError,
    HubClosed,
    HubFull,
    HubGated,
    HubIdInvalid,
    HubLimited,
    HubMissing,
    HubNoSafetensors,
    HubNotAllowed,
    HubRefused,
    HubSilent,
    HubTooLarge,
    HubTroubled,
    HubUnreachable,
    ModelFileChanged,
    ModelMissing,
    ModelTooLarge,
    StoreBroken,
)
from explorer.i18n import LANGUAGES, Translator
from explorer.models.load import model_type
from explorer.models.menu import menu
from explorer.models.strangers.hub import client, download, running, store
from explorer.models.strangers.hub.plan import identifier, plan
from tests.checkpoints import checkpoint, rewrite_config
from tests.conftest import ROOT
from tests.hub import SHA, serving

NAME = "house/tiny"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return checkpoint(tmp_path_factory.mktemp("published") / "m")


@pytest.fixture
def hub(monkeypatch, tmp_path, folder):
    with serving() as found:
        monkeypatch.setenv("HF_ENDPOINT", found.address)
        monkeypatch.setenv("EXPLORER_HUB_CACHE", str(tmp_path / "cache"))
        for name in ("EXPLORER_HUB", "EXPLORER_HUB_ALLOW", "EXPLORER_HUB_MODEL_MB", "EXPLORER_HUB_CACHE_MB"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(download, "PAUSE_SECONDS", 0.05)
        monkeypatch.setattr(client, "READ_SECONDS", 1.0)
        found.add(NAME, folder, sha=(uuid4().hex * 2)[:40])  # loaded models are kept by id and commit
        yield found


def fetch(found, seen=lambda n: None):
    for received in download.download(found):
        seen(received)
    return store.place(found.repo, found.revision)


def refused(error: type[ExplorerError], name: str = NAME) -> ExplorerError:
    with pytest.raises(error) as caught:
        plan(name)
    for language in LANGUAGES:
        assert Translator(language).error(caught.value)
    return caught.value


def test_what_it_costs_is_known_before_any_file_is_fetched(hub, folder):
    found = plan(NAME)
    names = [file.name for file in found.files]
    assert names == ["config.json", "tokenizer.json", "model.safetensors"]
    assert found.n_bytes == sum((folder / name).stat().st_size for name in names)
    assert (found.repo, found.revision, found.architecture, found.head) == (NAME, hub.repos[NAME].sha, "bert", "mlm")
    assert found.license == "apache-2.0"
    cached = f"/api/resolve-cache/models/{NAME}/{found.revision}/config.json"
    resolved = f"/{NAME}/resolve/{found.revision}/config.json"
    assert [path for path, _ in hub.asked] == [f"/api/models/{NAME}", resolved, cached]
    assert store.stored() == ()
    fetch(found)
    handle = load(found.spec)
    assert found.n_parameters == sum(p.numel() for p in handle.model.parameters())


def test_downloaded_model_is_the_published_one(hub, folder):
    found, seen = plan(NAME), []
    place = fetch(found, seen.append)
    assert seen == sorted(seen) and seen[-1] == found.n_bytes and len(seen) > 5
    for file in found.files:
        assert (place / file.name).read_bytes() == (folder / file.name).read_bytes()
    handle = load(found.spec)
    assert run(handle, "hi").hidden[-1].isfinite().all()
    (there,) = store.stored()
    assert (there.spec, there.n_bytes) == (found.spec, found.n_bytes)
    hub.asked.clear()
    fetch(plan(NAME))
    assert not any("model.safetensors" in path for path, _ in hub.asked), "what is here is not fetched again"


def test_a_break_in_the_middle_is_gone_on_from(hub, folder):
    hub.breaks = [700_000, 1_000_000]
    found, seen = plan(NAME), []
    place = fetch(found, seen.append)
    assert (place / "model.safetensors").read_bytes() == (folder / "model.safetensors").read_bytes()
    ranges = [given for path, given in hub.asked if path.startswith("/xet-bridge") and "model" in path and given]
    assert len(ranges) >= 1 and all(int(given[6:-1]) > 0 for given in ranges)
    assert seen == sorted(seen)


def test_a_hub_that_breaks_for_ever_ends_in_a_sentence_and_the_part_is_kept(hub):
    hub.breaks = [600_000] + [0] * 30
    found = plan(NAME)
    with pytest.raises(DownloadBroken):
        fetch(found)
    kept = store.place(NAME, found.revision).with_name(f"{found.revision}.part")
    assert sum(path.stat().st_size for path in kept.iterdir()) >= 600_000
    assert store.stored() == ()
    hub.breaks, hub.asked = [], []
    fetch(found)
    assert len(store.stored()) == 1
    assert hub.asked[0][1].startswith("bytes=") or hub.asked[1][1].startswith("bytes="), "a later try goes on"


def test_stop_keeps_what_came_and_a_new_start_goes_on(hub):
    hub.pause = 0.05
    found = plan(NAME)
    current = running.start(found)
    while current.done < found.n_bytes // 3:
        time.sleep(0.01)
    current.stop()
    assert not current.running
    current.join(5.0)
    assert 0 < current.done < found.n_bytes and current.failed is None
    assert store.stored() == ()
    hub.pause, hub.asked = 0.0, []
    again = running.start(found)
    again.join(20.0)
    assert again.done == found.n_bytes and len(store.stored()) == 1
    assert any(given.startswith("bytes=") for _, given in hub.asked)


def test_two_visitors_share_a_download(hub):
    found = plan(NAME)
    hub.pause, hub.asked = 0.02, []
    first, second = running.start(found), running.start(found)
    first.stop()
    assert second.running and not first.running
    second.stop()
    second.join(5.0)
    assert store.stored() == () and not second.failed
    assert len({part for part, _ in hub.asked}) == len(hub.asked), "no file was fetched twice"


def test_a_file_that_is_not_the_listed_one_is_thrown_away(hub, folder):
    found = plan(NAME)
    hub.lies = {"config.json": b" " * (folder / "config.json").stat().st_size}
    with pytest.raises(ModelFileChanged):
        fetch(found)
    hub.lies = {"model.safetensors": b"\1" * (folder / "model.safetensors").stat().st_size}
    with pytest.raises(ModelFileChanged):
        fetch(found)
    hub.lies = {"model.safetensors": (folder / "model.safetensors").read_bytes() + b"more"}
    with pytest.raises(HubRefused):
        fetch(found)
    assert store.stored() == ()


def test_a_file_changed_on_the_disk_is_noticed_before_a_load(hub):
    found = plan(NAME)
    place = fetch(found)
    with (place / "tokenizer.json").open("a") as file:
        file.write(" ")
    with pytest.raises(ModelFileChanged):
        load(found.spec)
    (place / "tokenizer.json").unlink()
    with pytest.raises(ModelFileChanged):
        load(found.spec)
    (place / "explorer.json").unlink()
    with pytest.raises(ModelMissing):
        load(found.spec)


def test_the_architecture_is_known_without_reading_the_weights(hub, monkeypatch):
    """Every click asks for it; the digests of a BERT-base take 0.6 s."""
    found = plan(NAME)
    fetch(found)

    def read(path):
        raise AssertionError(path)

    monkeypatch.setattr(store, "sha256", read)
    assert model_type(found.spec) == "bert"
    with pytest.raises(ModelMissing):
        model_type(ModelSpec("hub", NAME, revision=SHA))


def test_a_link_in_the_store_is_not_followed(hub, tmp_path):
    found = plan(NAME)
    place = fetch(found)
    (tmp_path / "elsewhere").write_bytes((place / "config.json").read_bytes())
    (place / "config.json").unlink()
    (place / "config.json").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ExplorerError):
        load(found.spec)


def test_a_folder_of_the_same_name_does_not_stand_in_its_way(hub, tmp_path, monkeypatch):
    """transformers would open the folder; here an id is a name on the hub and nothing else."""
    checkpoint(tmp_path / "house" / "tiny")
    monkeypatch.chdir(tmp_path)
    found = plan(NAME)
    fetch(found)
    ours = torch.load  # nothing below may need it
    assert ours and load(found.spec).model.base_model.embeddings.word_embeddings.weight.isfinite().all()
    assert any(path.endswith("model.safetensors") for path, _ in hub.asked)


@pytest.mark.parametrize(
    "text",
    ["..", ".", "/etc", "../../etc", "a/b/c", "~/x", "C:\\x", "a b", "a\nb", "", "-x", "x.git", "a--b", "名字",
     "a/../b", "https://evil.example/x", "x" * 200, "file:///etc/passwd", "<script>"],
)  # fmt: skip
def test_an_id_is_never_a_path(hub, text):
    with pytest.raises(HubIdInvalid):
        plan(text)
    assert hub.asked == []


def test_an_address_of_the_hub_counts_as_its_id():
    assert identifier(" https://huggingface.co/google-bert/bert-base-uncased/tree/main ") == (
        "google-bert/bert-base-uncased"
    )


def test_refused_before_any_file(hub, folder, tmp_path, monkeypatch):
    files = hub.repos[NAME].files
    hub.add("house/pickle", folder).files = {**files, "pytorch_model.bin": b"x", "model.safetensors": b""}
    del hub.repos["house/pickle"].files["model.safetensors"]
    refused(HubNoSafetensors, "house/pickle")
    hub.add("house/gated", folder, gated="manual")
    refused(HubGated, "house/gated")
    refused(HubMissing, "house/nothing")
    for name, fields in {
        "kernel": {"attn_implementation": "evil/kernel"},
        "nested": {"more": {"auto_map": {"AutoModel": "evil--m.Model"}}},
    }.items():
        forbidden = checkpoint(tmp_path / name)
        rewrite_config(forbidden, **fields)
        hub.add(f"house/{name}", forbidden)
        refused(ConfigForbidden, f"house/{name}")
    rewrite_config(checkpoint(tmp_path / "own"), auto_map={"AutoModel": "evil--m.Model"}, model_type="evil")
    hub.add("house/own", tmp_path / "own")
    refused(ConfigInvalid, "house/own")
    monkeypatch.setenv("EXPLORER_HUB_MODEL_MB", "1")
    refused(HubTooLarge)
    monkeypatch.delenv("EXPLORER_HUB_MODEL_MB")
    monkeypatch.setenv("EXPLORER_MODEL_MEMORY_MB", "2")
    refused(ModelTooLarge)
    assert not any("safetensors" in path for path, _ in hub.asked)


def test_code_beside_a_known_architecture_is_not_asked_for(hub, tmp_path):
    """The library's own code builds it; the repository's is no part of what is downloaded."""
    code = checkpoint(tmp_path / "code")
    rewrite_config(code, auto_map={"AutoModel": "modeling.Model", "AutoConfig": "evil--m.Config"})
    (code / "modeling.py").write_text("raise SystemExit")
    hub.add("house/code", code)
    found = plan("house/code")
    assert [file.name for file in found.files] == ["config.json", "tokenizer.json", "model.safetensors"]
    fetch(found)
    assert type(load(found.spec).model).__module__.startswith("transformers.")
    assert not any("evil" in path or ".py" in path for path, _ in hub.asked)


def test_no_room(hub, monkeypatch):
    monkeypatch.setenv("EXPLORER_HUB_CACHE_MB", "2")
    with pytest.raises(HubFull):
        fetch(plan(NAME))
    monkeypatch.delenv("EXPLORER_HUB_CACHE_MB")
    monkeypatch.setattr(download, "SPARE_DISK", 10**18)
    with pytest.raises(HubFull):
        fetch(plan(NAME))


@pytest.mark.parametrize(
    ("number", "error"), [(errno.ENOSPC, HubFull), (errno.EDQUOT, HubFull), (errno.EACCES, StoreBroken)]
)
@pytest.mark.parametrize("where", ["write_manifest", "_check_digest", "sha256"])
def test_a_disk_that_fills_up_meanwhile(hub, monkeypatch, number, error, where):
    def full(*args):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(download, where, full)
    current = running.start(plan(NAME))
    current.join(20.0)
    assert isinstance(current.failed, error)
    for language in LANGUAGES:
        assert Translator(language).error(current.failed)
    assert store.stored() == ()


def test_a_store_that_is_no_folder(hub, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EXPLORER_HUB_CACHE", str(tmp_path / "file"))
    assert store.stored() == ()
    with pytest.raises(StoreBroken):
        fetch(plan(NAME))


def test_a_file_that_goes_while_the_store_is_measured(hub, monkeypatch):
    """Another download ends: its folder gets its final name between the listing and the look."""
    fetch(plan(NAME))
    whole, looked = store.used_bytes(), os.lstat

    def gone(path):
        if str(path).endswith("config.json"):
            raise FileNotFoundError(path)
        return looked(path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "lstat", gone)
        left = store.used_bytes()
    assert 0 < left < whole


def test_stop_while_the_digest_is_compared(hub, monkeypatch):
    """Too late to be stopped, and no harm: the model is complete, or a new start finds its bytes."""
    checked, compared, go = download._check_digest, Event(), Event()

    def slow(file, part):
        compared.set()
        go.wait(10)
        checked(file, part)

    monkeypatch.setattr(download, "_check_digest", slow)
    found = plan(NAME)
    current = running.start(found)
    compared.wait(10)
    current.stop()
    go.set()
    current.join(10.0)
    assert not current.running and current.failed is None
    monkeypatch.setattr(download, "_check_digest", checked)
    again = running.start(found)
    again.join(20.0)
    assert not again.failed and len(store.stored()) == 1


def test_what_the_operator_allows(hub, monkeypatch):
    monkeypatch.setenv("EXPLORER_HUB", "off")
    refused(HubClosed)
    monkeypatch.setenv("EXPLORER_HUB", "on")
    monkeypatch.setenv("EXPLORER_HUB_ALLOW", "google-bert/*, gpt2")
    refused(HubNotAllowed)
    assert hub.asked == []
    monkeypatch.setenv("EXPLORER_HUB_ALLOW", "google-bert/*, house/*")
    assert plan(NAME).repo == NAME


def test_a_renamed_model_is_held_to_the_list_too(hub, folder, monkeypatch):
    hub.add("old", folder, renamed="evil/new")
    monkeypatch.setenv("EXPLORER_HUB_ALLOW", "old")
    refused(HubNotAllowed, "old")
    hub.repos["old"].renamed = "../../etc"
    refused(HubMissing, "old")


@pytest.mark.parametrize(
    ("status", "error"),
    [(500, HubTroubled), (503, HubTroubled), (429, HubLimited), (400, HubRefused), (418, HubRefused)],
)
def test_an_answer_that_is_no_answer(hub, status, error):
    hub.status = status
    begin = time.perf_counter()
    refused(error)
    assert time.perf_counter() - begin < 5


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"RateLimit": '"api";r=0;t=55'}, 56), ({"Retry-After": "7"}, 8), ({}, 301),
     ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, 301), ({"Retry-After": "9" * 30}, 3_000)],
)  # fmt: skip
def test_a_hub_that_is_asked_too_often_says_for_how_long(hub, headers, seconds):
    hub.troubles = [("/api/models/", 429, headers)]
    assert refused(HubLimited).facts["seconds"] == seconds


def test_passing_troubles_of_both_hosts_are_waited_for(hub, folder):
    """Too many requests, a signed address that expired, a server in trouble: the download goes on by itself."""
    found = plan(NAME)
    hub.troubles = [
        ("model.safetensors", 429, {"RateLimit": '"resolvers";r=0;t=1'}),
        ("/xet-bridge-us/", 403, {}),
        ("tokenizer.json", 503, {}),
        ("/resolve-cache/", 502, {}),
    ]
    place = fetch(found)
    assert not hub.troubles
    for file in found.files:
        assert (place / file.name).read_bytes() == (folder / file.name).read_bytes()


def test_an_address_that_has_expired_is_asked_for_again_only_so_often(hub):
    hub.lifetime = -1.0
    with pytest.raises(DownloadBroken):
        fetch(plan(NAME))
    asked = [path for path, _ in hub.asked if path.startswith("/xet-bridge-us/")]
    assert len(asked) == download.PATIENCE


def test_a_wait_longer_than_the_hub_s_window_is_said_and_not_waited_for(hub):
    found = plan(NAME)
    hub.troubles = [("config.json", 429, {"Retry-After": "3600"})]
    begin = time.perf_counter()
    with pytest.raises(HubLimited):
        fetch(found)
    assert time.perf_counter() - begin < 2


def test_a_stop_is_heard_while_the_hub_is_waited_for(hub, monkeypatch):
    monkeypatch.setattr(download, "PAUSE_SECONDS", 0.2)
    found = plan(NAME)
    hub.troubles = [("config.json", 429, {"RateLimit": '"resolvers";r=0;t=200'})]
    current = running.start(found)
    time.sleep(0.5)
    current.stop()
    begin = time.perf_counter()
    current.join(5.0)
    assert time.perf_counter() - begin < 2 and current.failed is None and hub.troubles == []


def test_the_host_that_cannot_be_reached_is_the_one_that_is_named(hub):
    """From some places the hub or its mirror answers, and the host of the large files does not."""
    found = plan(NAME)
    hub.content = "http://localhost:9"
    with pytest.raises(HubUnreachable) as caught:
        fetch(found)
    assert caught.value.facts["host"] == "localhost"


def test_the_hub_s_converter_has_safetensors_where_the_repository_has_none(hub, folder):
    """Only its own branch counts, and only one commit after the newest; somebody else's has the same title."""
    name = "house/old-format"
    repo = hub.add(name, folder, sha=(uuid4().hex * 2)[:40])
    whole = repo.files
    repo.files = {**whole, "pytorch_model.bin": b"x"}
    del repo.files["model.safetensors"]
    refused(HubNoSafetensors, name)
    repo.converted, repo.converter = whole, "mallory"
    refused(HubNoSafetensors, name)
    repo.converter, repo.parent = "SFconvertbot", "f" * 40
    refused(HubNoSafetensors, name)
    repo.parent = None
    found = plan(name)
    assert (found.revision, found.branch) == (repo.branch_sha, "refs/pr/7") and not plan(NAME).branch
    fetch(found)
    assert load(found.spec).model.dtype == torch.float32
    assert plan(name, repo.branch_sha).files == found.files, "its commit can be pinned"


def test_what_the_hub_does_not_show(hub, folder):
    hub.add("house/off", folder, disabled=True)
    refused(HubMissing, "house/off")
    with pytest.raises(HubMissing, match=f"{NAME}@fffffff"):
        plan(NAME, "f" * 40)


def test_an_old_name_leads_to_the_new_one(hub, folder):
    hub.add("old", folder, renamed="house/new", sha="ab" * 20)
    found = plan("old")
    assert found.repo == "house/new"
    fetch(found)
    assert load(found.spec).spec.source == "house/new"


def test_a_hub_that_never_answers_is_left_within_thirty_seconds(hub, monkeypatch):
    monkeypatch.setattr(client, "READ_SECONDS", 10.0)  # as it is shipped
    hub.silent = True
    begin = time.perf_counter()
    refused(HubSilent)
    assert time.perf_counter() - begin < 30


def test_a_hub_that_drips_is_left_too(monkeypatch):
    """A byte now and then never meets a read timeout; the time for all requests together does end."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.getsockname()[1]}")
        monkeypatch.setattr("explorer.models.strangers.hub.plan.PLAN_SECONDS", 2.0)

        def drip() -> None:
            server.accept()[0].close()  # the knock
            connection, _ = server.accept()
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            for _ in range(100):
                try:
                    connection.sendall(b" ")
                except OSError:
                    return
                time.sleep(0.1)

        Thread(target=drip, daemon=True).start()
        begin = time.perf_counter()
        refused(HubSilent)
        assert time.perf_counter() - begin < 5


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9", "http://no-such-host.invalid", "http://10.255.255.1:81", "http://[::"]
)
def test_no_network_is_said_within_five_seconds(hub, monkeypatch, address):
    monkeypatch.setenv("HF_ENDPOINT", address)
    begin = time.perf_counter()
    with pytest.raises((HubUnreachable, HubRefused)):
        plan(NAME)
    assert time.perf_counter() - begin < 5


def test_a_name_server_that_never_answers(hub, monkeypatch):
    stop = Event()

    def silent(*args):
        stop.wait(30)
        raise OSError("no name")

    monkeypatch.setattr(socket, "create_connection", silent)
    begin = time.perf_counter()
    with pytest.raises(HubUnreachable):
        plan(NAME)
    assert time.perf_counter() - begin < 5
    stop.set()


def test_outside_the_door_the_library_stays_offline(hub):
    """In a process started as the app is: with HF_HUB_OFFLINE=1."""
    code = """
import os
from explorer.models.strangers.hub.plan import plan
from huggingface_hub import HfApi, get_session
from huggingface_hub.errors import OfflineModeIsEnabled
plan("house/tiny")
for call in (lambda: HfApi(endpoint=os.environ["HF_ENDPOINT"]).model_info("house/tiny"),
             lambda: get_session().get(os.environ["HF_ENDPOINT"])):
    try:
        call()
    except OfflineModeIsEnabled:
        continue
    raise SystemExit("not offline")
"""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"files": 3}', json.dumps({"repo": "../x", "files": {}})])
def test_a_broken_note_in_the_store_is_no_model(hub, content):
    place = fetch(plan(NAME))
    (place / "explorer.json").write_text(content)
    assert store.stored() == ()


@pytest.mark.parametrize("field", [{"head": "no such"}, {"n_parameters": "many"}, {"architecture": None}, {"repo": 5}])
def test_a_field_of_another_kind_in_a_note_leaves_the_menu_standing(hub, field):
    place = fetch(plan(NAME))
    note = json.loads((place / "explorer.json").read_text())
    (place / "explorer.json").write_text(json.dumps({**note, **field}))
    assert not any(name.startswith("hub:") for name in menu())


@pytest.mark.parametrize(("source", "revision"), [("../x", SHA), (NAME, "main"), (NAME, None), ("a/b/c", SHA)])
def test_requests_that_name_no_place(hub, source, revision):
    with pytest.raises(ModelMissing):
        load(ModelSpec("hub", source, revision=revision))
