"""A page for the benchmark alone: one button, then our canvas or BertViz's own HTML, on a model of a given shape."""

import streamlit as st

from explorer.analysis.attention.heads import head_matrix
from explorer.analysis.attention.patterns import measures
from explorer.models.spec import ModelSpec
from explorer.ui.browser.atlas import atlas
from explorer.ui.browser.matrix import matrix
from explorer.ui.parts.overview import head_captions
from explorer.ui.shell import cached
from explorer.ui.shell.frame import translator
from tests.benchmarks.original import original

# Random weights, drawn wide enough that attention is as uneven as a trained model's.
SHAPE = {"hidden_size": 384, "num_attention_heads": 12, "intermediate_size": 1536, "initializer_range": 0.12}

kind, n_layers, n = (st.query_params[name] for name in ("kind", "layers", "tokens"))
spec = ModelSpec("config", "bert", overrides=SHAPE | {"num_hidden_layers": int(n_layers)})
text = "word " * (int(n) - 2)
scene = cached.scene(spec, text)
layers = list(scene.layers()) if kind != "ours" else []
st.session_state.setdefault("head", 0)
if st.button("show") or st.session_state.get("shown"):
    st.session_state["shown"] = True
    if kind == "ours":
        tiles = scene.heads().thumbnails[:, 0].flatten(0, 1).numpy()
        captions = head_captions(translator(), measures(scene))
        atlas(tiles, captions, columns=12, key="a", label="atlas", chosen=0, choose=lambda index: None)
        head = st.session_state["head"]
        info = head_matrix(scene, 1, head)
        tokens = info.keys.tokens
        matrix(
            info.probs, info.visible, tokens, tokens, scale="attention", low=0, high=1, key="m", param=None, chosen=0,
            label=f"head {head}", height=620,
        )  # fmt: skip
    else:
        st.iframe(original([layer.probs for layer in layers], scene.encoded.tokens, kind), height=900)


def another() -> None:
    st.session_state["head"] = (st.session_state["head"] + 1) % 12


st.button("another", on_click=another)
