"""What the pages of the section “input” are put together from."""
