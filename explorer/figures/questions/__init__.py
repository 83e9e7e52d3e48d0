"""The Plotly pictures of the section “questions”."""
