"""What travels to a component as bytes: kit.js unpacks in the browser what is packed here."""

import json
import struct


def framed(header: dict[str, object], body: bytes) -> bytes:
    """Length of the header (uint32, little endian), the header as JSON padded to 4 bytes, the body."""
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    text += b" " * (-len(text) % 4)
    return struct.pack("<I", len(text)) + text + body
