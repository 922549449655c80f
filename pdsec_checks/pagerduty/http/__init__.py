"""Requests to PagerDuty: the client, its budget, who goes next."""
