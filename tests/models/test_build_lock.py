"""Different models built by several threads at once keep their ties."""

from concurrent.futures import ThreadPoolExecutor

from explorer import ModelSpec
from explorer.capture import attention
from explorer.models.configs import from_fields
from explorer.models.load import build
from explorer.models.skeleton import skeleton
from tests.conftest import TINY


def tied(model) -> bool:
    return model.get_output_embeddings().weight is model.get_input_embeddings().weight


def test_models_built_at_the_same_time_are_tied():
    toy = ModelSpec("embedded", "toy-bert", head="pretraining")
    drawn = ModelSpec("config", "bert", overrides=TINY, head="mlm")
    config = from_fields("bert", dict(TINY))
    jobs = [
        lambda: tied(build(toy, attention.NAME).model),
        lambda: tied(build(drawn, attention.NAME).model),
        lambda: tied(skeleton(config, "mlm")),
    ]
    with ThreadPoolExecutor(6) as pool:
        found = [pool.submit(job) for _ in range(12) for job in jobs]
        assert all(future.result() for future in found)
