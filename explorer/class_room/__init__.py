"""The class room: a teacher leads, others follow on texts of their own. No Streamlit, no model, only lent texts."""
