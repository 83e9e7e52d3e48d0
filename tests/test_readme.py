"""The library's example runs as it is printed, in both languages, and shows two rows of probabilities."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_example_runs(name, capsys):
    (source,) = re.findall(r"```python\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)
    exec(source, {})
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [token for token, _, _ in lines][-4:] == ["too", "tired", ".", "[SEP]"]
    scaled, unscaled = ([float(line[at]) for line in lines] for at in (1, 2))
    assert sum(scaled) == pytest.approx(1, abs=0.01) and sum(unscaled) == pytest.approx(1, abs=0.01)
    assert max(unscaled) > max(scaled), "without the scale the row is sharper"
