"""The account: how it is read, kept, recorded and replayed."""
