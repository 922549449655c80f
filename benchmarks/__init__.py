"""What an inspection costs, against what people would run instead: ``python -m benchmarks``."""
