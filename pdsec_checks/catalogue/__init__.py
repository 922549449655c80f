"""Which controls and frameworks there are; no account, no pytest."""
