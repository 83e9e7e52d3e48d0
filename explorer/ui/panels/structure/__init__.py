"""What the pages of the section “structure” are put together from."""
