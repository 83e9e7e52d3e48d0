"""The pictures of the pages in the section “models”."""
