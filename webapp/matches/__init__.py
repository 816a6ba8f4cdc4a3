"""Ranked pairs, verdicts and both sides' answers."""
