"""All keys that lessons may name; importing them enters them."""

from explorer.analysis.course import counts, flow, guesses, rows, texts, without_scale
from explorer.analysis.course.answer import KEYS

__all__ = ["KEYS", "counts", "flow", "guesses", "rows", "texts", "without_scale"]
