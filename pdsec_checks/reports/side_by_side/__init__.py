"""Reports about many accounts, side by side."""
