"""A small English BERT with both pre-training heads: its corpus, its training, its measures."""
