"""An account judged, without pytest: controls, cases, verdicts, decisions."""
