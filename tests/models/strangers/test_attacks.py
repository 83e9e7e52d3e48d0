"""Checkpoints that want to run code, read other files or take the server down: each ends in an error with words."""

import base64
import json
import os
import pickle
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from explorer import ModelSpec, load, run
from explorer.errors import (
    ConfigForbidden,
    ConfigInvalid,
    ConfigUnbuildable,
    ConfigUnreadable,
    ExplorerError,
    FileOutside,
    FileTooLarge,
    FolderMissing,
    ModelMissing,
    ModelTooLarge,
    ModelUnsupported,
    TextTooLong,
    TokenizerRefused,
    WeightsBroken,
    WeightsMissing,
    WeightsUnlike,
)
from explorer.i18n import LANGUAGES, Translator
from explorer.models.document import document
from explorer.models.encode import encode
from explorer.models.heads import head_of
from explorer.models.menu import in_folders
from explorer.models.strangers import checks, folders, tokenizer_time
from tests.checkpoints import bare, checkpoint, drop_weights, rewrite_config, rewrite_tokenizer
from tests.conftest import ROOT


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_MODELS", str(tmp_path / "root"))
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


def request(name: str) -> ModelSpec:
    folder = folders.folder_of(name)
    head = head_of(checks.read_config(folder))
    return ModelSpec("folder", name, revision=folders.fingerprint(folder), head=head)


def refused(error: type[ExplorerError], name: str = "m") -> ExplorerError:
    """Loading ends in this error, after little work and with a sentence in every language."""
    begin = time.thread_time()
    with pytest.raises(error) as caught:
        load(request(name))
    assert time.thread_time() - begin < 5
    for language in LANGUAGES:
        assert Translator(language).error(caught.value)
    return caught.value


class Bomb:
    def __init__(self, flag: Path) -> None:
        self.flag = flag

    def __reduce__(self):
        return os.system, (f"touch {self.flag}",)


def test_pickled_weights_are_not_opened(root, tmp_path):
    folder = checkpoint(root / "m")
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({"weight": Bomb(tmp_path / "ran")}))
    refused(WeightsBroken)
    assert not (tmp_path / "ran").exists()


def test_a_pickle_under_the_name_of_safetensors(root, tmp_path):
    folder = checkpoint(root / "m")
    (folder / "model.safetensors").write_bytes(pickle.dumps({"weight": Bomb(tmp_path / "ran")}))
    refused(WeightsBroken)
    assert not (tmp_path / "ran").exists()


def test_code_in_the_folder_is_not_run(root, tmp_path):
    folder = checkpoint(root / "m")
    (folder / "modeling.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    code = {"AutoModel": "modeling.Model", "AutoModelForMaskedLM": "modeling.Model", "AutoConfig": "modeling.Config"}
    rewrite_config(folder, auto_map=code)
    (folder / "tokenizer_config.json").write_text(json.dumps({"auto_map": {"AutoTokenizer": ["modeling.T", None]}}))
    plain = load(request("m"))
    assert type(plain.model).__name__ == "BertForMaskedLM"
    assert [key for key, _ in plain.remarks] == ["opened.no_code"]
    assert not (tmp_path / "ran").exists()


def test_code_of_a_type_that_the_library_does_not_have(root, tmp_path):
    folder = checkpoint(root / "m")
    (folder / "modeling.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    rewrite_config(folder, model_type="nobodys_bert", auto_map={"AutoConfig": "modeling.Config"})
    assert refused(ConfigInvalid).facts["field"] == "model_type"
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("field", ["attn_implementation", "_attn_implementation", "experts_implementation"])
def test_a_kernel_in_the_configuration(root, field):
    rewrite_config(checkpoint(root / "m"), **{field: "evil-org/kernel"})
    refused(ConfigForbidden)


@pytest.mark.parametrize("field", ["fusion_config", "kernel_config", "transformers_weights"])
def test_other_ways_to_have_something_fetched_or_replaced(root, field):
    rewrite_config(checkpoint(root / "m"), **{field: {"x": "y"}})
    refused(ConfigForbidden)


def test_a_number_format_in_the_configuration_changes_nothing(root):
    """float64 would double the memory; the answer must also not become a tuple."""
    rewrite_config(checkpoint(root / "m"), dtype="float64", torch_dtype="float64", return_dict=False)
    handle = load(request("m"))
    assert {p.dtype for p in handle.model.parameters()} == {torch.float32}
    assert run(handle, "hi").hidden[-1].dtype == torch.float32


@pytest.mark.parametrize("name", ["..", "../m", "/etc", "~/m", "m/..", "./m", "C:\\m", "m\0", "", "m/../../etc"])
def test_names_are_looked_up_and_never_joined(root, tmp_path, name):
    checkpoint(root / "m")
    checkpoint(tmp_path / "outside")
    with pytest.raises(FolderMissing):
        folders.folder_of(name)


def test_a_link_to_a_folder_outside_is_no_model(root, tmp_path):
    checkpoint(tmp_path / "outside")
    (root / "m").symlink_to(tmp_path / "outside")
    assert folders.listing() == {}


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "vocab.txt", "model.safetensors"])
def test_a_file_that_is_a_link_to_outside(root, tmp_path, name):
    folder = checkpoint(root / "m")
    (tmp_path / "secret").write_text("{}")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(tmp_path / "secret")
    with pytest.raises(FileOutside) as caught:
        folders.folder_of("m")
    assert caught.value.facts == {"file": name}


@pytest.mark.parametrize("name", ["vocab.txt", "config.json", "model.safetensors"])
@pytest.mark.parametrize("to", ["nothing", "itself", "a" * 4_000, "folder"])
def test_links_that_lead_nowhere_leave_the_menu_standing(root, name, to):
    """The menu is on every page of every visitor."""
    folder = checkpoint(root / "m")
    checkpoint(root / "good")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to({"itself": folder / name, "nothing": root / "nothing", "folder": root}.get(to, to))
    found = in_folders()
    assert found["good"][1] is None
    assert "m" not in found or isinstance(found["m"][1], FileOutside)


@pytest.mark.parametrize("name", [b"x\ny", b"x\x07", b"x\x1b[31m", "x\u202egnp".encode(), b"\xff\xfe"], ids=repr)
def test_names_that_cannot_be_shown_are_not_in_the_menu(root, name):
    checkpoint(root / "good")
    os.mkdir(os.path.join(os.fsencode(root), name))
    Path(os.fsdecode(os.path.join(os.fsencode(root), name)), "config.json").write_text("{}")
    assert list(folders.listing()) == ["good"]


def test_a_configuration_that_goes_away_between_two_looks(root):
    with pytest.raises(ConfigUnreadable):
        checks.read_config(root)


def test_a_file_that_is_no_file(root):
    """Opening a pipe would wait for ever."""
    folder = checkpoint(root / "m")
    (folder / "vocab.txt").unlink(missing_ok=True)
    os.mkfifo(folder / "vocab.txt")
    with pytest.raises(FileOutside):
        folders.folder_of("m")


def test_a_tokenizer_of_a_gigabyte(root):
    folder = checkpoint(root / "m")
    with (folder / "tokenizer.json").open("wb") as file:
        file.truncate(10**9)
    with pytest.raises(FileTooLarge):
        folders.folder_of("m")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"num_hidden_layers": 3_000}, ConfigInvalid),
        ({"num_hidden_layers": 180}, WeightsMissing),
        ({"hidden_size": 12_288, "num_attention_heads": 96, "num_hidden_layers": 96}, WeightsMissing),
        ({"vocab_size": 1_000_000, "hidden_size": 12_288, "num_attention_heads": 96}, ModelTooLarge),
        ({"num_hidden_layers": 3}, WeightsMissing),
        ({"intermediate_size": 41}, WeightsUnlike),
        ({"vocab_size": 900}, WeightsUnlike),
        ({"hidden_act": "no_such_function"}, ConfigUnbuildable),
        ({"model_type": "whisper"}, ExplorerError),
        ({"num_attention_heads": 5}, ConfigInvalid),
    ],
    ids=str,
)
def test_sizes_that_the_files_do_not_have(root, fields, error):
    rewrite_config(checkpoint(root / "m"), **fields)
    refused(error)


def test_layers_that_no_name_in_the_file_has_are_not_built(root, monkeypatch):
    """The library needs 10 s for the shapes of 180 layers, and everybody waits."""
    rewrite_config(checkpoint(root / "m"), num_hidden_layers=180)
    monkeypatch.setattr(checks, "skeleton", None)
    found = refused(WeightsMissing).facts
    assert found == {"n": 178 * 16, "example": "bert.encoder.layer.2.attention.output.LayerNorm.bias"}


def test_feed_forward_in_pieces_changes_nothing(root):
    """In pieces of 7 the library refuses every text whose number of tokens is no multiple of 7."""
    rewrite_config(checkpoint(root / "m"), chunk_size_feed_forward=7)
    assert run(load(request("m")), "The cat sat.").hidden[-1].isfinite().all()


def test_a_model_that_cannot_be_run_is_not_opened(root):
    """Negative under a root gives NaN, on every page."""
    rewrite_config(checkpoint(root / "m"), layer_norm_eps=-1.0)
    refused(WeightsUnlike)


@pytest.mark.parametrize("rows", [1, 2, 7])
def test_a_model_without_room_for_a_word(root, rows):
    folder = root / "m"
    checkpoint(folder)
    path = folder / "model.safetensors"
    tensors = {n: t[:rows].contiguous() if "position_emb" in n else t for n, t in load_file(path).items()}
    save_file(tensors, path, {"format": "pt"})
    rewrite_config(folder, max_position_embeddings=rows)
    assert refused(ConfigInvalid).facts["field"] == "max_position_embeddings"


def test_missing_weights_are_not_drawn_at_random(root):
    folder = checkpoint(root / "m")
    drop_weights(folder, "bert.encoder.layer.1.attention.self.query")
    found = refused(WeightsMissing)
    assert found.facts == {"n": 2, "example": "bert.encoder.layer.1.attention.self.query.bias"}


def test_a_missing_pooler_is_left_out(root):
    drop_weights(bare(root / "m"), "pooler")
    handle = load(request("m"))
    assert handle.base.pooler is None
    assert run(handle, "hi").pooled is None


def test_weights_that_are_no_numbers(root):
    path = checkpoint(root / "m") / "model.safetensors"
    tensors = load_file(path)
    next(iter(tensors.values())).view(-1)[0] = float("nan")
    save_file(tensors, path, {"format": "pt"})
    refused(WeightsUnlike)


def _header(path: Path, **entry: object) -> None:
    raw = json.dumps({"x": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8], **entry}}).encode()
    path.write_bytes(len(raw).to_bytes(8, "little") + raw + b"\0" * 8)


@pytest.mark.parametrize(
    "entry",
    [
        {"data_offsets": [0, 10**12], "shape": [25 * 10**10]},
        {"data_offsets": [-8, 0]},
        {"shape": [3]},
        {"shape": [2**62, 4]},
        {"shape": [True, 2]},
        {"shape": "22"},
        {"dtype": "F4"},
        {"data_offsets": None},
    ],
    ids=str,
)
def test_headers_that_lie(root, entry):
    _header(checkpoint(root / "m") / "model.safetensors", **entry)
    refused(WeightsBroken)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x" * 100,
        (2**40).to_bytes(8, "little"),
        *(
            len(text).to_bytes(8, "little") + text
            for text in (
                b"[]",
                b"null",
                b"123",
                b'"ab"',
                b"true",
                b'{"a":' * 9_999,
                b'{"x":null}',
                b'{"x":{"dtype":[]}}',
            )
        ),
    ],
    ids=lambda content: repr(content)[:40],
)
def test_garbage_for_weights(root, content):
    (checkpoint(root / "m") / "model.safetensors").write_bytes(content)
    refused(WeightsBroken)


def test_a_thousand_names_for_the_same_bytes(root):
    """Each is copied where it does not lie at a multiple of its size: 20 MB became 2 GB."""
    path, size = checkpoint(root / "m") / "model.safetensors", 1_000_000
    entry = {"dtype": "F32", "shape": [size // 4 - 1], "data_offsets": [1, size - 3]}
    raw = json.dumps({f"x{number}": entry for number in range(1_000)}).encode()
    path.write_bytes(len(raw).to_bytes(8, "little") + raw + b"\0" * size)
    refused(WeightsBroken)


def test_a_truncated_file(root):
    path = checkpoint(root / "m") / "model.safetensors"
    os.truncate(path, path.stat().st_size // 2)
    refused(WeightsBroken)


@pytest.mark.parametrize("names", [["model-00001-of-00002.safetensors"], ["model-00002-of-00002.safetensors"]])
def test_one_part_of_two(root, names):
    folder = checkpoint(root / "m")
    for name in names:
        (folder / "model.safetensors").rename(folder / name)
    refused(WeightsBroken)


def test_parts_are_put_together(root):
    folder = checkpoint(root / "m")
    tensors = load_file(folder / "model.safetensors")
    half = len(tensors) // 2
    for number, names in enumerate((list(tensors)[:half], list(tensors)[half:]), 1):
        save_file({n: tensors[n] for n in names}, folder / f"model-{number:05}-of-00002.safetensors", {"format": "pt"})
    whole = load(request("m"))
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"x": "../../secret.safetensors"}}))
    assert all(
        torch.equal(a, b) for a, b in zip(whole.model.parameters(), load(request("m")).model.parameters(), strict=True)
    )


def _nested_replacements(count: int) -> dict[str, object]:
    one = {"type": "Replace", "pattern": {"String": "a"}, "content": "aa"}
    return {"type": "Sequence", "normalizers": [one] * count}


def _map(value: bytes) -> dict[str, object]:
    data = (4).to_bytes(4, "little") + b"\0\0\0\0" + value + b"\0"
    return {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(data).decode()}


@pytest.mark.parametrize(
    "parts",
    [
        {"normalizer": _nested_replacements(40)},
        {"normalizer": {"type": "Replace", "pattern": {"String": "a"}, "content": "a" * 10_000}},
        {"normalizer": {"type": "Prepend", "prepend": "a" * 10_000}},
        {"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated", "invert": False}},
        {"model": {"type": "WordPiece", "vocab": {"[UNK]": 0}, "unk_token": "[UNK]", "max_input_chars_per_word": 10**9,
                   "continuing_subword_prefix": "##"}},
        {"model": {"type": "WordLevel", "vocab": {"x": 10**6}, "unk_token": "x"}},
        {"model": {"type": "WordLevel", "vocab": {"x" * 5_000: 0}, "unk_token": "x"}},
        {"model": {"type": "WordLevel", "vocab": {}, "unk_token": "x"}, "added_tokens": [], "post_processor": None},
        {"post_processor": {"type": "TemplateProcessing", "pair": [], "special_tokens": {
            "x": {"id": "x", "ids": [0] * 50, "tokens": ["x"] * 50}},
            "single": [{"SpecialToken": {"id": "x", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]}},
        {"model": {"type": "no such"}},
        {"model": {"type": "WordLevel", "vocab": {"x": 0}, "unk_token": "[UNK]"}},
        {"model": {"type": "WordLevel", "vocab": {f"t{i}": 5 for i in range(40_000)}, "unk_token": "t1"}},
        {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"] * 150_000}},
        {"model": {"type": "BPE", "vocab": {"z": 0}, "merges": []}},
        {"model": {"type": "WordPiece", "vocab": {"[UNK]": 0, "a": 1}, "unk_token": "[UNK]",
                   "max_input_chars_per_word": 100, "continuing_subword_prefix": "#" * 10**6}},
        {"model": {"type": "Unigram", "vocab": [["a", -1.0]], "unk_id": None}},
        {"model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], ["a", -1.0]] + [
            ["a" * n, -2.0] for n in range(2, 1_900)]}},
        {"normalizer": {"type": "Replace", "pattern": {"Regex": " +▁"}, "content": "▁"}},
        {"model": 5},
        {"added_tokens": [{"id": i, "content": f"t{i}", "single_word": False, "lstrip": False, "rstrip": False,
                           "normalized": True, "special": False} for i in range(20_000)]},
        {"normalizer": {"type": "Sequence", "normalizers": [{"type": "ByteLevel"}] * 30}},
        {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}] * 30}},
        {"normalizer": {"type": "Sequence", "normalizers": [_map(b"x" * 40)] * 4}},
        {"normalizer": {"type": "Precompiled", "precompiled_charsmap": "@@@"}},
        {"normalizer": {"type": "Precompiled", "precompiled_charsmap": "AQ=="}},
        {"normalizer": {"type": "Precompiled", "precompiled_charsmap":
            base64.b64encode(b"\x08\0\0\0" + b"\xff" * 8 + b"abc\0").decode()}},
        {"pre_tokenizer": {"type": "FixedLength", "length": 0}},
        {"post_processor": {"type": "TemplateProcessing", "pair": [], "special_tokens": {},
                            "single": [{"Sequence": {"id": "A", "type_id": 0}}] * 50}},
        {"post_processor": {"type": "TemplateProcessing", "pair": [], "special_tokens": {}, "single": []}},
        {"post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 4 * 10**9], "cls": ["[CLS]", 101]}},
    ],
    ids=lambda parts: str(parts)[:60],
)  # fmt: skip
def test_tokenizers_that_would_never_end(root, parts):
    rewrite_tokenizer(checkpoint(root / "m"), **parts)
    refused(TokenizerRefused)


@pytest.mark.parametrize("longest", [200, 256])
def test_a_tokenizer_that_stops_everybody_for_long_is_refused(root, monkeypatch, longest):
    """Within every bound, and slow: the time is what counts. With a limit that nothing meets, a plain one is too."""
    monkeypatch.setattr(tokenizer_time, "MAX_SECONDS", 0.0)
    vocabulary = [["<unk>", 0.0], ["a", -1.0], *(["a" * n, -2.0] for n in range(2, longest))]
    rewrite_tokenizer(checkpoint(root / "m"), model={"type": "Unigram", "unk_id": 0, "vocab": vocabulary})
    refused(TokenizerRefused)


def test_what_a_tokenizer_makes_of_a_text_is_bounded(minilm):
    """A replacement of a rare letter by sixty others, which no text of the trial need have."""
    tokenizer = Tokenizer.from_str(minilm.tokenizer.to_str())
    tokenizer.normalizer = normalizers.Sequence([normalizers.Replace("þ", "a" * 60), tokenizer.normalizer])
    changed = replace(minilm, tokenizer=tokenizer)
    assert encode(changed, "þ" * 20).n_tokens > 2
    for read in (encode, document):
        with pytest.raises(TextTooLong) as raised:
            read(changed, "þ" * 20_000)
        assert raised.value.facts == {"found": 1_200_000, "allowed": 80_000}
    assert encode(minilm, "汉" * 20_000).n_tokens == 512


def test_the_trial_knows_what_a_tokenizer_replaces(minilm):
    tokenizer = Tokenizer.from_str(minilm.tokenizer.to_str())
    tokenizer.normalizer = normalizers.Sequence([normalizers.Replace("þ", "a" * 60), normalizers.Lowercase()])
    found = tokenizer_time.replaced(tokenizer.to_str())
    assert found == ["þ"] and "þ" in tokenizer_time.texts(["the"], found)


def test_a_tokenizer_that_never_comes_back_is_ended(monkeypatch, minilm):
    monkeypatch.setattr(tokenizer_time, "LIMIT", 0.05)
    with pytest.raises(TokenizerRefused, match=None) as raised:
        tokenizer_time.check_time.__wrapped__(minilm.tokenizer.to_str())
    assert "s" in raised.value.facts["reason"]
    monkeypatch.setattr(tokenizer_time, "LIMIT", 60.0)
    tokenizer_time.check_time.__wrapped__(minilm.tokenizer.to_str())
    with pytest.raises(TokenizerRefused):
        tokenizer_time.check_time.__wrapped__("{}")


@pytest.mark.parametrize("text", ["", "[]", "null", "[" * 100_000, '{"model": null}', "\xff"], ids=lambda t: t[:20])
def test_tokenizers_that_are_none(root, text):
    (checkpoint(root / "m") / "tokenizer.json").write_text(text, "latin-1")
    refused(TokenizerRefused)


@pytest.mark.parametrize("length", [0, -1])
def test_a_panic_at_a_visitors_text_is_a_sentence(minilm, length):
    """What the checks at loading did not foresee: Python does not count a panic among the errors."""
    tokenizer = Tokenizer.from_str(minilm.tokenizer.to_str())
    tokenizer.pre_tokenizer = pre_tokenizers.FixedLength(length=0)
    if length:
        tokenizer.model = models.WordLevel({"x": 0}, unk_token="[UNK]")
        tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    with pytest.raises(TokenizerRefused):
        encode(replace(minilm, tokenizer=tokenizer), "The cat sat.")


def test_merges_are_never_left_out_at_random(root):
    rewrite_tokenizer(
        checkpoint(root / "m"),
        model={"type": "BPE", "dropout": 0.9, "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]},
        post_processor=None,
        added_tokens=[],
    )
    handle = load(request("m"))
    assert {encode(handle, "ababab").tokens for _ in range(20)} == {("ab", "ab", "ab")}


SECRET = "[UNK]\n[CLS]\n[SEP]\n[PAD]\n[MASK]\nsecret\n"


@pytest.mark.parametrize("entry", ["vocab", "vocab_file", "merges", "tokenizer_file", "init_inputs", "name_or_path"])
@pytest.mark.parametrize("built", ["BertTokenizer", "BertTokenizerFast", "GPT2Tokenizer", "PreTrainedTokenizerFast"])
@pytest.mark.parametrize("file", ["tokenizer_config.json", "special_tokens_map.json"])
def test_settings_of_a_tokenizer_open_no_other_file(root, tmp_path, entry, built, file):
    """The library takes `"vocab": "/etc/passwd"` for the vocabulary, and the page would show its lines."""
    folder = checkpoint(root / "m")
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.txt").write_text(SECRET.replace("secret", "harmless"))
    (tmp_path / "secret.txt").write_text(SECRET)
    named = str(tmp_path / "secret.txt")
    settings = {entry: [named] if entry == "init_inputs" else named}
    (folder / file).write_text(json.dumps({"tokenizer_class": built, **settings}))
    try:
        vocabulary = load(request("m")).tokenizer.get_vocab()
    except ExplorerError:
        return
    assert "secret" not in vocabulary


def test_settings_of_a_tokenizer_that_are_kept(root):
    folder = checkpoint(root / "m")
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.txt").write_text(SECRET + "Secret\n<x>\n")
    settings = {"tokenizer_class": "BertTokenizer", "do_lower_case": False, "mask_token": "<x>"}
    (folder / "tokenizer_config.json").write_text(json.dumps({**settings, "extra_ids": 10**9}))
    handle = load(request("m"))
    assert encode(handle, "Secret secret").tokens == ("[CLS]", "Secret", "secret", "[SEP]")
    assert encode(handle, "a <x>").tokens[-2] == "<x>"


@pytest.mark.parametrize(("name", "lines"), [("vocab.txt", 40_000), ("merges.txt", 200_000)])
def test_vocabularies_that_belong_to_another_model(root, name, lines):
    folder = checkpoint(root / "m")
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.txt").write_text(SECRET)
    (folder / name).write_text(SECRET + "x y\n" * lines)
    refused(TokenizerRefused)


def test_a_map_of_characters_to_endless_text():
    from explorer.models.strangers.tokenizer_bounds import _check_steps

    _check_steps({"normalizer": _map(b"x" * 40)})
    with pytest.raises(TokenizerRefused):
        _check_steps({"normalizer": _map(b"x" * 10_000)})


def test_a_folder_without_a_tokenizer(root):
    (checkpoint(root / "m") / "tokenizer.json").unlink()
    refused(ExplorerError)


@pytest.mark.parametrize("text", ["", "[1]", "{", "x" * 10**6, '{"model_type": "bert"}'], ids=lambda t: t[:10])
def test_configurations_that_are_none(root, text):
    (checkpoint(root / "m") / "config.json").write_text(text)
    refused(ConfigUnreadable if text != '{"model_type": "bert"}' and len(text) < 10**6 else ExplorerError)


def test_an_architecture_that_is_not_in_the_table(root):
    from transformers import VitsConfig

    folder = root / "m"
    checkpoint(folder)
    VitsConfig().save_pretrained(folder)
    with pytest.raises((ModelUnsupported, WeightsMissing, ConfigInvalid, WeightsUnlike, ConfigUnbuildable)):
        load(request("m"))


def test_a_folder_that_goes_away(root):
    folder = checkpoint(root / "m")
    spec = request("m")
    for path in folder.iterdir():
        path.unlink()
    with pytest.raises(FolderMissing):
        load(spec)


def test_a_changed_folder_is_another_model(root):
    folder = checkpoint(root / "m")
    first = load(request("m"))
    checkpoint(folder)
    second = load(request("m"))
    assert first is not second
    assert not torch.equal(next(first.model.parameters()), next(second.model.parameters()))


def test_one_or_two_levels_and_no_more(root):
    checkpoint(root / "a")
    for name in ("b/c", "d/e/f", ".hidden"):
        (root / name).mkdir(parents=True)
        (root / name / "config.json").write_text("{}")
    assert list(folders.listing()) == ["a", "b/c"]


def test_no_root_no_models(monkeypatch):
    monkeypatch.delenv("EXPLORER_MODELS", raising=False)
    assert folders.listing() == {}
    with pytest.raises(FolderMissing):
        load(ModelSpec("folder", "m"))
    with pytest.raises(ModelMissing):
        load(ModelSpec("hub", "../../etc", revision="0" * 40))


WHILE_LOADED = """
import os, sys
from explorer import ModelSpec, load, run
from explorer.models.strangers import folders
folder = folders.folder_of("m")
handle = load(ModelSpec("folder", "m", revision=folders.fingerprint(folder), head="mlm"))
before = run(handle, "The cat sat.").hidden[-1]
path = folder / "model.safetensors"
if sys.argv[1] == "truncated":
    os.truncate(path, 100)
else:
    with path.open("r+b") as file:
        file.seek(1000)
        file.write(b"\\xff" * (path.stat().st_size - 1000))
after = run(handle, "The cat sat.").hidden[-1]
assert (before == after).all()
"""


@pytest.mark.parametrize("what", ["truncated", "overwritten"])
def test_a_file_that_is_changed_while_its_model_is_loaded(root, what):
    """With the weights mapped from the file the first would end the process with SIGBUS, the second give NaN."""
    checkpoint(root / "m")
    done = subprocess.run([sys.executable, "-c", WHILE_LOADED, what], cwd=ROOT, env=dict(os.environ), check=False)
    assert done.returncode == 0
