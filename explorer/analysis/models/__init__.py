"""The numbers of the pages in the section “models”."""
