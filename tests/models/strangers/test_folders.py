"""The operator's folder: what is listed, under which name, and why something in it is not."""

import json
import shutil

import pytest
from tokenizers import Tokenizer

from explorer import load
from explorer.errors import (
    AnotherNetwork,
    ConfigForbidden,
    FileOutside,
    FolderOutside,
    FoldersTooMany,
    FolderUnnamed,
    FolderWithout,
    TokenizerMissing,
    TokenOutside,
    WeightsAbsent,
    WeightsIncomplete,
    WeightsPickled,
)
from explorer.i18n import LANGUAGES, Translator
from explorer.models.menu import in_folders, menu
from explorer.models.strangers import folders
from tests.checkpoints import checkpoint, rewrite_config, rewrite_tokenizer

SHA, OTHER = "0123456789abcdef" * 2 + "01234567", "f" * 40


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_MODELS", str(tmp_path / "root"))
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


def cached(root, repo="org/tiny", sha=SHA, main=SHA):
    """A model as huggingface_hub keeps it: the files in `blobs/`, links to them in `snapshots/<commit>/`."""
    place = root / f"models--{repo.replace('/', '--')}"
    snapshot = place / "snapshots" / sha
    for path in sorted(checkpoint(root.parent / "made").iterdir()):
        blob = place / "blobs" / f"{sha[:8]}{path.name}"
        blob.parent.mkdir(parents=True, exist_ok=True)
        snapshot.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, blob)
        (snapshot / path.name).symlink_to(f"../../blobs/{blob.name}")
    (place / "refs").mkdir(exist_ok=True)
    (place / "refs" / "main").write_text(main)
    return place


def reason(name, error):
    """Why a folder is not offered, in every language, and nothing of it in the menu."""
    spec, found = in_folders()[name]
    assert spec is None and type(found) is error
    assert f"folder:{name}" not in menu()
    for language in LANGUAGES:
        sentence = Translator(language).error(found)
        assert sentence and "{" not in sentence
        # The reason of another network is no fact: it chooses the sentence.
        said = {name: fact for name, fact in found.facts.items() if (name, error) != ("reason", AnotherNetwork)}
        assert all(str(fact) in sentence for fact in said.values() if isinstance(fact, str))
    return found


@pytest.mark.parametrize("under", ["", "hub"])
def test_the_cache_of_hugging_face(root, under):
    """The folder `hub` itself, or the home of all that huggingface_hub keeps."""
    place = cached(root)
    if under:
        (root / under).mkdir()
        place.rename(root / under / place.name)
    assert list(in_folders()) == ["org/tiny"]
    spec, error = in_folders()["org/tiny"]
    assert error is None and spec.head == "mlm"
    assert load(spec).spec.source == "org/tiny"
    assert menu()["folder:org/tiny"] == spec


def test_several_snapshots_have_their_commit_in_the_name(root):
    cached(root)
    cached(root, sha=OTHER)
    assert set(folders.listing()) == {"org/tiny", f"org/tiny@{OTHER[:7]}"}
    assert folders.folder_of("org/tiny").name == SHA


def test_a_cache_without_the_weights_says_so(root):
    place = cached(root)
    (place / "snapshots" / SHA / "model.safetensors").unlink()
    reason("org/tiny", WeightsAbsent)
    (place / "snapshots" / SHA / "config.json").unlink()
    reason("org/tiny", FolderWithout)


def test_a_blob_that_is_a_link_out_of_the_root(root, tmp_path):
    place = cached(root)
    weights = place / "snapshots" / SHA / "model.safetensors"
    shutil.copy(weights, tmp_path / "elsewhere")
    weights.unlink()
    weights.symlink_to(tmp_path / "elsewhere")
    assert reason("org/tiny", FileOutside).facts == {"file": "model.safetensors"}


def test_a_link_to_a_folder_inside_the_root_is_a_model(root):
    checkpoint(root / "store" / "deep" / "m")
    (root / "linked").symlink_to(root / "store" / "deep" / "m")
    spec, error = in_folders()["linked"]
    assert error is None and load(spec).dims.n_layers == 2


@pytest.mark.parametrize("to", ["outside", "nothing", "itself"])
def test_a_link_that_leaves_the_root_is_refused_with_a_sentence(root, tmp_path, to):
    checkpoint(tmp_path / "outside")
    targets = {"outside": tmp_path / "outside", "nothing": root / "nothing", "itself": root / "m"}
    (root / "m").symlink_to(targets[to])
    reason("m", FolderOutside)
    assert folders.listing() == {}


def test_a_link_in_a_group_that_leaves_the_root(root, tmp_path):
    checkpoint(tmp_path / "outside")
    checkpoint(root / "group" / "good")
    (root / "group" / "m").symlink_to(tmp_path / "outside")
    reason("group/m", FolderOutside)
    assert list(folders.listing()) == ["group/good"]


def test_the_root_may_be_a_model_itself(root, monkeypatch):
    checkpoint(root / "m")
    monkeypatch.setenv("EXPLORER_MODELS", str(root / "m"))
    spec, error = in_folders()["m"]
    assert error is None and load(spec).spec.head == "mlm"


def test_only_a_pickle_says_how_to_convert_it(root):
    folder = checkpoint(root / "m")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    found = reason("m", WeightsPickled)
    assert found.facts["found"] == "pytorch_model.bin"
    compile(str(found.facts["line"]), "line", "exec")
    assert "BertForMaskedLM" in str(found.facts["line"])


def test_the_line_converts_a_pickle(tmp_path, root):
    """Run as it stands, in a folder that was saved with torch."""
    import torch
    from safetensors.torch import load_file

    folder = checkpoint(root / "m")
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(tensors, folder / "pytorch_model.bin")
    line = str(reason("m", WeightsPickled).facts["line"])
    exec(line.replace("FOLDER", str(folder)), {})
    spec, error = in_folders()["m"]
    assert error is None
    table = load(spec).words.data
    assert torch.equal(table, tensors["bert.embeddings.word_embeddings.weight"])


@pytest.mark.parametrize("name", ["tf_model.h5", "flax_model.msgpack", "model.gguf", "adapter_model.safetensors"])
def test_other_formats_are_named(root, name):
    folder = checkpoint(root / "m")
    (folder / "model.safetensors").rename(folder / name)
    assert reason("m", WeightsAbsent).facts["found"] == name


def test_parts_that_are_missing_are_named(root):
    folder = checkpoint(root / "m")
    (folder / "model.safetensors").rename(folder / "model-00001-of-00003.safetensors")
    assert reason("m", WeightsIncomplete).facts == {"missing": "model-00002-of-00003.safetensors", "found": 1}


def test_no_tokenizer_names_what_would_do(root):
    (checkpoint(root / "m") / "tokenizer.json").unlink()
    found = reason("m", TokenizerMissing)
    assert "tokenizer.json" in str(found.facts["allowed"]) and "vocab.txt" in str(found.facts["allowed"])


def test_an_adapter_without_its_model(root):
    (root / "m").mkdir()
    (root / "m" / "adapter_config.json").write_text("{}")
    (root / "m" / "adapter_model.safetensors").write_bytes(b"")
    assert "adapter_config.json" in str(reason("m", FolderWithout).facts["found"])


def test_configurations_that_are_refused_have_their_reason_in_the_list(root):
    rewrite_config(checkpoint(root / "quantised"), quantization_config={"quant_method": "gptq"})
    rewrite_config(checkpoint(root / "relative"), position_embedding_type="relative_key")
    rewrite_config(checkpoint(root / "kernel"), attn_implementation="org/kernel")
    rewrite_config(checkpoint(root / "native"), auto_map={"AutoModel": "x.Y"}, _attn_implementation="sdpa")
    assert reason("quantised", AnotherNetwork).facts["reason"] == "quantised"
    assert reason("relative", AnotherNetwork).facts["reason"] == "field"
    assert reason("kernel", ConfigForbidden).facts["field"] == "attn_implementation"
    assert in_folders()["native"][1] is None


def test_folders_that_are_no_models(root):
    (root / "empty").mkdir()
    (root / "deep" / "er" / "m").mkdir(parents=True)
    (root / "notes").mkdir()
    (root / "notes" / "read.me").write_text("")
    (root / ".git").mkdir()
    (root / "file").write_text("")
    checkpoint(root / "group" / "m")
    (root / "group" / "lost").mkdir()
    (root / "group" / "lost" / "model.safetensors").write_bytes(b"")
    (root / "group" / "runs").mkdir()
    assert set(in_folders()) == {"empty", "deep", "notes", "group/m", "group/lost"}
    for name in ("empty", "deep", "notes", "group/lost"):
        reason(name, FolderWithout)
    assert in_folders()["notes"][1].facts == {"found": "read.me"}


def test_a_name_that_cannot_be_shown_is_shown_by_its_numbers(root):
    (root / "x\ny").mkdir()
    spec, error = in_folders()["x\\ny"]
    assert spec is None and type(error) is FolderUnnamed


def test_more_folders_than_are_listed(root, monkeypatch):
    monkeypatch.setattr(folders, "MAX_FOLDERS", 2)
    for name in "abc":
        (root / name).mkdir()
    assert isinstance(in_folders()["…"][1], FoldersTooMany)


def added(name, number):
    return {
        "id": number, "content": name, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
        "special": True,
    }  # fmt: skip


@pytest.mark.parametrize("where", ["added", "vocabulary", "old files"])
def test_one_token_beyond_the_table_is_named(root, where):
    folder = checkpoint(root / "m")
    state = json.loads((folder / "tokenizer.json").read_text())
    if where == "added":
        rewrite_tokenizer(folder, added_tokens=[*state["added_tokens"], added("<new>", 30_522)])
    elif where == "vocabulary":
        rewrite_tokenizer(folder, model={**state["model"], "vocab": {**state["model"]["vocab"], "<new>": 30_522}})
    else:
        words = sorted(state["model"]["vocab"], key=state["model"]["vocab"].get)
        (folder / "vocab.txt").write_text("\n".join([*words, "<new>"]) + "\n")
        (folder / "tokenizer.json").unlink()
    spec, error = in_folders()["m"]
    assert error is None, "the list does not read the whole tokenizer"
    with pytest.raises(TokenOutside) as caught:
        load(spec)
    assert caught.value.facts == {"found": "<new>", "number": 30_522, "rows": 30_522}
    for language in LANGUAGES:
        sentence = Translator(language).error(caught.value)
        assert "<new>" in sentence and "30,522" in sentence and "resize_token_embeddings" in sentence


def test_a_token_added_within_the_table_is_welcome(root):
    folder = checkpoint(root / "m")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.add_tokens(["river"])
    tokenizer.save(str(folder / "tokenizer.json"))
    spec, error = in_folders()["m"]
    assert error is None and load(spec).tokenizer.token_to_id("river") < 30_522
