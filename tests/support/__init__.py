"""What tests share: builders, processes, judged accounts."""
