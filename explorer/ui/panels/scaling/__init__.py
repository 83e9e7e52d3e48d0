"""What the pages of the section “scaling” are put together from."""
