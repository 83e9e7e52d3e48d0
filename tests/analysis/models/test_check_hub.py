"""The script that asks a hub for every curated model, against a hub that has tiny ones under their names."""

import re
import shutil

import pytest
import torch

from explorer import load
from explorer.analysis.models import check_hub
from explorer.models import curated
from explorer.models.embedded import embedded_folder
from explorer.models.families import FAMILIES
from explorer.models.spec import ModelSpec
from tests.hub import serving


def spec(family: str, key: str) -> ModelSpec:
    if family == "bert":
        kept = {n: v for n, v in FAMILIES["electra-random"].overrides if n != "embedding_size"}
        return ModelSpec("config", "bert", overrides=kept, head="mlm")
    if family == "gpt2":
        sizes = dict(FAMILIES["openai-gpt-random"].overrides)
        return ModelSpec("config", "gpt2", overrides=sizes | {"bos_token_id": 101, "eos_token_id": 102}, head="lm")
    found = FAMILIES[f"{family}-random"]
    return ModelSpec(
        "config", family, overrides=found.overrides, head="classification" if key == "sst2" else found.head
    )


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """A folder for each curated model."""
    folders = {}
    for model in curated.CURATED:
        folders[model.key] = tmp_path_factory.mktemp(model.key)
        load(spec(model.family, model.key)).model.save_pretrained(folders[model.key])
        shutil.copy(embedded_folder() / "tokenizer.json", folders[model.key])
    return folders


@pytest.fixture
def hub(shelf, monkeypatch, tmp_path):
    with serving() as found:
        monkeypatch.setenv("HF_ENDPOINT", found.address)
        monkeypatch.setenv("EXPLORER_HUB_CACHE", str(tmp_path / "cache"))
        for model in curated.CURATED:
            found.add(model.repo, shelf[model.key], **({"sha": model.revision} if model.revision else {}))
        yield found


def rows(said: str) -> dict[str, list[str]]:
    lines = [line for line in said.splitlines() if line.startswith("| ")]
    assert lines[0] == "| " + " | ".join(check_hub.COLUMNS) + " |"
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]
    assert all(len(row) == len(check_hub.COLUMNS) for row in cells)
    return {row[0].strip(): row for row in cells}


def test_every_curated_model_is_asked_for_opened_and_tried(hub, capsys):
    electra = hub.repos["google/electra-small-discriminator"]
    electra.converted = electra.files
    electra.files = {**{n: d for n, d in electra.files.items() if "safetensors" not in n}, "pytorch_model.bin": b"x"}
    assert check_hub.main([]) == 0
    found = rows(capsys.readouterr().out)
    assert list(found) == [model.key for model in curated.CURATED]
    for model in curated.CURATED:
        _, repo, revision, pinned, files, n_bytes, opens, guess = found[model.key]
        assert (repo, opens, files) == (model.repo, "yes", "3") and int(n_bytes.replace(",", "")) > 1_000_000
        assert revision == model.revision or model.revision is None
        assert pinned == ("pinned" if model.revision else "refs/pr/7" if model.key == "electra" else "newest")
        assert re.search(r" → .+ [01]\.\d\d$", guess), guess
    assert found["bert-chinese"][7].startswith("巴黎是") and "LABEL_" in found["sst2"][7]
    assert "replaced" in found["electra"][7] and found["t5"][7].startswith("Paris is the capital of →")


def test_the_first_guess_is_that_of_the_head():
    handle = load(spec("roberta", "roberta"))
    said = check_hub.guess(handle)
    encoded = handle.tokenizer.encode("Paris is the [MASK] of France.")
    with torch.no_grad():
        logits = handle.model(torch.tensor([encoded.ids])).logits[0, encoded.tokens.index("[MASK]")]
    best = int(logits.argmax())
    assert said == (
        f"Paris is the [MASK] of France. → {handle.tokenizer.id_to_token(best)} {float(logits.softmax(-1)[best]):.2f}"
    )


def test_only_the_plan_downloads_nothing(hub, capsys, tmp_path):
    assert check_hub.main(["--plan", "bert-base", "gpt2"]) == 0
    assert list(rows(capsys.readouterr().out)) == ["bert-base", "gpt2"]
    assert not any("safetensors" in path or "tokenizer" in path for path, _ in hub.asked)
    assert not (tmp_path / "cache").exists()


def test_one_that_does_not_open_fails_the_check_and_the_others_go_on(hub, capsys):
    del hub.repos["google-bert/bert-base-uncased"]
    hub.repos["google/bert_uncased_L-2_H-128_A-2"].sha = "ab" * 20
    assert check_hub.main(["--plan", "bert-base", "bert-tiny", "bert-large"]) == 1
    found = rows(capsys.readouterr().out)
    assert "shows no model" in found["bert-base"][6] and "@30b0a37" in found["bert-tiny"][6]
    assert found["bert-large"][5]


def test_another_architecture_than_the_shelf_says_fails(hub, shelf, capsys):
    hub.add("openai-community/gpt2", shelf["albert"], sha=next(m.revision for m in curated.CURATED if m.key == "gpt2"))
    assert check_hub.main(["--plan", "gpt2"]) == 1


@pytest.mark.parametrize("closed", [True, False])
def test_without_a_hub_it_ends_with_a_sentence(hub, monkeypatch, capsys, closed):
    monkeypatch.setenv(*(("EXPLORER_HUB", "off") if closed else ("HF_ENDPOINT", "http://127.0.0.1:9")))
    assert check_hub.main([]) == 2
    said = capsys.readouterr().out
    assert ("switched off" if closed else "No connection to 127.0.0.1") in said and not rows(said)


def test_a_key_that_is_none_is_named(capsys):
    with pytest.raises(SystemExit):
        check_hub.main(["bert-huge"])
    assert "bert-huge" in capsys.readouterr().err
