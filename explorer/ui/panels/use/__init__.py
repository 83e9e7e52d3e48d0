"""What the pages of the section “use” are put together from."""
