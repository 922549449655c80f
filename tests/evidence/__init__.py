"""Evidence that a third party can check: signatures, time stamps, bundles."""
