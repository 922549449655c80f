"""Many accounts in one run: one pytest item an account, the results side by side."""
