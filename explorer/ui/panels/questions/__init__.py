"""What the pages of the section “questions” are put together from."""
