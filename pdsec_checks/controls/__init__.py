"""The controls: each one a test that reads as one sentence."""
