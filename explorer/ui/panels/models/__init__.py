"""What the pages of the section “models” are put together from."""
