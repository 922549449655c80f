"""Repository-level pytest configuration; nothing that an installed wheel would miss."""
