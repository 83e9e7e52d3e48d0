"""What the pages of the section “pretraining” are put together from."""
