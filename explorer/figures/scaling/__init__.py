"""The Plotly pictures of the section “scaling”."""
