"""What runs: requests for models, loading, encoding of text, and where things sit in an architecture."""
