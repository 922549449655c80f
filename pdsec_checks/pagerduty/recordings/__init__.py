"""Recordings: an account kept on tape, and read from it."""
