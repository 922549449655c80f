"""Fixes as code: what each form writes, and that nothing breaks out of it."""
