"""What five readers do with the tool for the first time, as scripts that anybody can run."""
