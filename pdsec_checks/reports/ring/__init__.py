"""Whether the phone will ring, for people and programs: an answer in, text out."""
