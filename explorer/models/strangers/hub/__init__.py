"""Models from a hub: one guarded door to the network, what a model would cost, the download, and what is here."""
