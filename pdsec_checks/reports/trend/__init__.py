"""The runs of one account over time: how much passes, what is new and what was resolved."""
