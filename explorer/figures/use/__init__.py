"""The Plotly pictures of the section “use”."""
