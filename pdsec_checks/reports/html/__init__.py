"""The HTML report: one page, self-contained."""
