"""Every way to change a run."""
