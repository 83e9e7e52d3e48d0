"""The Plotly pictures of the section “structure”."""
