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

DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
MAX_HEADER = 25_000_000  # the library's own bound
CHUNK = 16 * 2**20


def read(paths: Sequence[Path]) -> dict[str, Tensor]:
    """Every tensor of the files by name; all tensors of a file share one piece of memory that belongs to us.

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
        except (OSError, ValueError, KeyError, TypeError, RecursionError, RuntimeError) as error:
            raise WeightsBroken(file=path.name, reason=str(error)[:80]) from error
        for name, (dtype, shape, begin, end) in header.items():
            piece = data[begin:end]
            found[name] = (piece.clone() if begin % dtype.itemsize else piece).view(dtype).view(shape)
    return found


def _header(file: BinaryIO) -> dict[str, tuple[torch.dtype, tuple[int, ...], int, int]]:
    """Name → type, shape, first and last byte; every number checked against the others."""
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
    there = max((end for _, _, _, end in found.values()), default=0)
    if taken > there:
        raise ValueError(f"header: {taken:,} B > {there:,} B")
    return found


def _entry(name: str, entry: Any) -> tuple[torch.dtype, tuple[int, ...], int, int]:
    if entry["dtype"] not in DTYPES:
        raise ValueError(f"{name[:40]}: {str(entry['dtype'])[:20]}")
    dtype, shape, (begin, end) = DTYPES[entry["dtype"]], tuple(entry["shape"]), entry["data_offsets"]
    plain = all(type(n) is int and n >= 0 for n in (*shape, begin, end)) and len(shape) <= 8
    if not plain or end - begin != math.prod(shape) * dtype.itemsize:
        raise ValueError(f"{name[:40]}: {str(entry['shape'])[:40]}")
    return dtype, shape, begin, end


def _data(file: BinaryIO, n_bytes: int) -> Tensor:
    """The bytes after the header. Their number is compared with the file's size before memory is taken."""
    begin = file.tell()
    there = file.seek(0, 2) - begin
    if n_bytes > there:
        raise ValueError(f"{there:,} B < {n_bytes:,} B")
    file.seek(begin)
    data = torch.empty(n_bytes, dtype=torch.uint8)
    room = memoryview(data.numpy())  # type: ignore[arg-type]
    at = 0
    while at < n_bytes:
        count = file.readinto(room[at : at + CHUNK])  # type: ignore[attr-defined]
        if not count:
            raise ValueError(f"{at:,} B < {n_bytes:,} B")
        at += count
    return data
