"""The training lab page: what it says before, during and after a training, and what it refuses."""

import time
from dataclasses import asdict
from threading import Thread

import pytest

from explorer.i18n import Translator
from explorer.models import trained
from explorer.models.altered_bert import save
from explorer.models.spec import ModelSpec
from explorer.training import queue as module
from explorer.training.loop import Training
from explorer.training.model import as_handle
from explorer.training.process import Point, Process
from explorer.training.queue import queue
from explorer.training.saturation import saturation_of
from explorer.training.setting import LEARNING_RATES, TrainingSetting
from explorer.ui.shell.navigation import PAGES
from tests.conftest import page_text, says

PAGE = "pretraining/training_lab"
TINY = {f"{side}_{name}": value for side in "ab" for name, value in (("steps", "50"), ("layers", "1"))}


class Here(Process):
    """A training in a thread; a process would import torch first. Real ones are in tests/training and tests/browser."""

    def __init__(self, setting, folder, ended):
        self.setting, self.folder, self._ended = setting, folder, ended
        self.points, self.saturation, self.over, self.stopped = [], None, False, False
        Thread(target=self._train, daemon=True).start()

    def _train(self):
        training = Training(self.setting)
        losses = [record.loss for record in training.steps()]
        self.points = [Point(at + 10, sum(losses[at : at + 10]) / 10, 0.1 * at) for at in range(0, len(losses), 10)]
        save(training.model, self.folder)
        handle = as_handle(training.model, ModelSpec("trained", self.setting.key, head="pretraining"))
        self.saturation, self.over = asdict(saturation_of(handle)), True
        self._ended(self)


@pytest.fixture(scope="module")
def pair():
    """Both models of the tiny pair, trained once."""
    settings = tuple(TrainingSetting(steps=50, layers=1, scale=scale) for scale in ("sqrt_d", "none"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "Process", Here)
        ticket = queue().submit(settings)
    end = time.monotonic() + 150
    while ticket.running:
        assert time.monotonic() < end
        time.sleep(0.02)
    assert ticket.state == "done"
    return settings


def test_it_stands_between_scaling_and_structure():
    sections = list(dict.fromkeys(entry.section for entry in PAGES))
    assert sections.index("scaling") < sections.index("pretraining") < sections.index("structure")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_opens_without_training_anything(app, lang):
    test = app(PAGE, lang=lang)
    assert not test.exception
    said = page_text(test)
    assert "bx-alert" not in said and "bx-reading" in said
    assert ("slower, not impossible" if lang == "en" else "并非学不会") in said
    t = Translator(lang)
    assert t("training_lab.instruments", layer=0) in said and t("training_lab.compared") in said
    assert test.button(key="training-start")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "wrong",
    [{"a_d_head": "63"}, {"b_steps": "1000000"}, {"a_learning_rate": "-1"}, {"b_seed": "<script>"}, {"a_scale": ""}],
    ids=str,
)
def test_settings_out_of_range_are_refused_in_a_sentence(app, wrong, lang):
    test = app(PAGE, lang=lang, **wrong)
    assert not test.exception
    said = page_text(test)
    (name, found), t = next(iter(wrong.items())), Translator(lang)
    assert says(test, lang, "error.TrainingInvalid", field=t(f"training_lab.{name[2:]}"), found=found)
    assert "<script>" not in said
    # A number beyond the offered ones gives way to the nearest of them, everything else to the default.
    lowest = min(LEARNING_RATES)
    instead = {"a_d_head": 64, "b_steps": 2_000, "a_learning_rate": lowest, "b_seed": 0, "a_scale": "sqrt_d"}
    assert test.selectbox(key=f"training_lab.{name}").value == instead[name]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_kept_results_are_shown_at_once(app, pair, lang):
    test = app(PAGE, lang=lang, **TINY)
    said = page_text(test)
    assert ("After 50 steps" if lang == "en" else "50 步之后") in said
    assert ("Dead rows" if lang == "en" else "失活的行") in said


def test_a_trained_model_is_a_model_for_every_page(app, pair):
    name = f"trained-{pair[1].key}"
    for page in ("scaling/scaling", "attention/heads", "start/journey"):
        test = app(page, model=name)
        assert not test.exception
        said = page_text(test)
        assert "bx-alert" not in said
        assert test.selectbox(key="model").value == name
        assert test.text_area(key="text").value.startswith("That slow wolf")
    assert any("trained here" in option for option in test.selectbox(key="model").options)


def test_without_the_feed_forward_block_pages_run_too(app):
    setting = TrainingSetting(steps=1, layers=1, ffn=False)
    training = Training(setting)
    list(training.steps())
    folder = trained.root() / "without"
    save(training.model, folder)
    trained.keep(setting.key, folder)
    for page in ("attention/heads", "start/journey", "scaling/saturation", "attention/steps"):
        app(page, model=f"trained-{setting.key}")  # which ends here at a mistake


@pytest.mark.parametrize("model", ["trained-x", "trained-../../etc/passwd", "trained-", "trained-<b>"])
def test_a_model_that_is_gone_is_a_sentence(app, model):
    test = app("attention/heads", model=model)
    assert not test.exception
    said = page_text(test)
    assert "no longer kept" in said and "<b>" not in said
    assert "bx-reading" in said


def test_a_link_to_another_pair_stops_the_training_and_unlocks(app, monkeypatch):
    from tests.training.test_queue import Queue, StandIn, module

    monkeypatch.setattr(StandIn, "started", [])
    monkeypatch.setattr(module, "Process", StandIn)
    line = Queue(1)
    monkeypatch.setattr("explorer.ui.panels.pretraining.training_lab.queue", lambda: line)
    test = app(PAGE, a_seed="8", b_seed="8")
    test.button(key="training-start").click().run()
    assert test.selectbox(key="training_lab.a_steps").disabled and test.button(key="training-stop")
    test.query_params["b_layers"] = "3"
    test.run()
    assert [process.stopped for process in StandIn.started] == [True, True]
    assert test.selectbox(key="training_lab.b_layers").value == 3
    assert not test.selectbox(key="training_lab.a_steps").disabled and test.button(key="training-start")


@pytest.mark.parametrize(("params", "own"), [({}, True), ({"a_layers": "3"}, False)])
def test_the_sweep_says_whose_it_is(app, params, own):
    said = page_text(app(PAGE, **params))
    assert "The same with other learning rates" in said
    assert ("those of the default settings" in said) != own
