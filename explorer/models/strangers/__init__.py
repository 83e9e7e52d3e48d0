"""Everything that guards against files of strangers: the hub, folders, weights, tokenizers."""
