"""What is read of an account: one file a family of PagerDuty's things."""
