"""What the pages of the section “start” are put together from."""
