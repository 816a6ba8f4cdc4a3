"""Figures and targets."""
