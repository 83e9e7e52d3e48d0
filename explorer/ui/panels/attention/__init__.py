"""What the pages of the section “attention” are put together from."""
