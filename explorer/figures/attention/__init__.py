"""The Plotly pictures of the section “attention”."""
