"""Judgement over plain data: no I/O, no clock, no pytest."""
