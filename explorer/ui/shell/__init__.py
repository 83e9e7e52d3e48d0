"""The frame that every page stands in: address, session, menu, caches, start."""
