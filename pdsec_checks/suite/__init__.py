"""The controls as a pytest suite: collection, verdicts as outcomes, reports at the end."""
