"""Matchmaking tasks."""
