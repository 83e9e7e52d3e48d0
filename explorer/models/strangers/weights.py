"""Safetensors files read with plain reads: a file that is truncated meanwhile is an error, never a signal.

Format: 8 bytes, the length of the header; the header, a JSON object name → {dtype, shape, data_offsets}; the data.
https://github.com/huggingface/safetensors
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from explorer.errors import WeightsBroken

# Bits of a number of each type of the format. The last line's are fractions of a byte or pairs: torch reads none here.
BITS = {
    **{"F64": 64, "F32": 32, "F16": 16, "BF16": 16, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8},
    **{"I64": 64, "I32": 32, "I16": 16, "I8": 8, "U64": 64, "U32": 32, "U16": 16, "U8": 8, "BOOL": 8},
    **{"F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "C64": 64},
}
DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
# Weights are kept as one of these; every other type is a way to pack them (quantisation), which needs a rule to unpack.
FLOATS = ("F64", "F32", "F16", "BF16")
MAX_HEADER = 25_000_000  # the library's own bound
CHUNK = 16 * 2**20


_WRONG = (OSError, ValueError, KeyError, TypeError, RecursionError, RuntimeError)


def described(paths: Sequence[Path]) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Name → type and shape of every tensor, from the headers alone.

    Raises:
        WeightsBroken: as `read`, before a byte of the data is read.
    """
    found: dict[str, tuple[str, tuple[int, ...]]] = {}
    for path in paths:
        try:
            with path.open("rb") as file:
                header = _header(file)
            if twice := sorted(found.keys() & header.keys()):
                raise ValueError(f"2 × {twice[0][:60]}")
            found |= {name: (dtype, shape) for name, (dtype, shape, _, _) in header.items()}
        except _WRONG as error:
            raise WeightsBroken(file=path.name, reason=str(error)[:80]) from error
    return found


def read(paths: Sequence[Path]) -> dict[str, Tensor]:
    """Every tensor of the files by name, but those of `BITS` that torch cannot hold.

    All tensors of a file share one piece of memory that belongs to us.

    Raises:
        WeightsBroken: cut off, garbage, or a header that does not describe the data.
    """
    if not paths:
        raise WeightsBroken(file="model.safetensors", reason="-")
    found: dict[str, Tensor] = {}
    for path in paths:
        try:
            with path.open("rb") as file:
                header = _header(file)
                data = _data(file, max((end for _, _, _, end in header.values()), default=0))
        except _WRONG as error:
            raise WeightsBroken(file=path.name, reason=str(error)[:80]) from error
        for name, (kind, shape, begin, end) in header.items():
            if kind in DTYPES:
                piece, dtype = data[begin:end], DTYPES[kind]
                found[name] = (piece.clone() if begin % dtype.itemsize else piece).view(dtype).view(shape)
    return found


def _header(file: BinaryIO) -> dict[str, tuple[str, tuple[int, ...], int, int]]:
    """Name → type, shape, first and last byte; every number checked against the others and against the file's size.

    The file is left at the first byte of the data.
    """
    length = int.from_bytes(file.read(8), "little")
    if not 2 <= length <= MAX_HEADER:
        raise ValueError(f"header: {length:,} B")
    raw = json.loads(file.read(length))
    if not isinstance(raw, dict):
        raise ValueError(f"header: {type(raw).__name__}")
    raw.pop("__metadata__", None)
    found = {str(name): _entry(str(name), entry) for name, entry in raw.items()}
    # The format has no tensors that share bytes. A thousand names for the same hundred megabytes would be copied each.
    taken = sum(end - begin for _, _, begin, end in found.values())
    claimed = max((end for _, _, _, end in found.values()), default=0)
    if taken > claimed:
        raise ValueError(f"header: {taken:,} B > {claimed:,} B")
    begin = file.tell()
    there = file.seek(0, 2) - begin
    if claimed > there:
        raise ValueError(f"{there:,} B < {claimed:,} B")
    file.seek(begin)
    return found


def _entry(name: str, entry: Any) -> tuple[str, tuple[int, ...], int, int]:
    if entry["dtype"] not in BITS:
        raise ValueError(f"{name[:40]}: {str(entry['dtype'])[:20]}")
    dtype, shape, (begin, end) = str(entry["dtype"]), tuple(entry["shape"]), entry["data_offsets"]
    plain = all(type(n) is int and n >= 0 for n in (*shape, begin, end)) and len(shape) <= 8
    if not plain or 8 * (end - begin) != math.prod(shape) * BITS[dtype]:
        raise ValueError(f"{name[:40]}: {str(entry['shape'])[:40]}")
    return dtype, shape, begin, end


def _data(file: BinaryIO, n_bytes: int) -> Tensor:
    """The bytes after the header, as many as it has been found to describe."""
    data = torch.empty(n_bytes, dtype=torch.uint8)
    room = memoryview(data.numpy())  # type: ignore[arg-type]
    at = 0
    while at < n_bytes:
        count = file.readinto(room[at : at + CHUNK])  # type: ignore[attr-defined]
        if not count:
            raise ValueError(f"{at:,} B < {n_bytes:,} B")
        at += count
    return data
