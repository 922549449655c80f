"""What an inspection is told: options, environment, configuration file, people's decisions."""
