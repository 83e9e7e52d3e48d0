"""The Plotly pictures of the section “input”."""
