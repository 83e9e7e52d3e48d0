"""A small language of its own and tiny BERTs that learn it in seconds: grammar, tokenizer, batches, loop, measures."""
