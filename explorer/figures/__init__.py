"""Pictures: one file per kind; each draws from its Info alone."""
