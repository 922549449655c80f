"""Evidence that a third party can check: sealed bundles, a locker of them, a period."""
