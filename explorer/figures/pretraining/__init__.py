"""The Plotly pictures of the section “pretraining”."""
