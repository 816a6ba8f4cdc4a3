"""Beside the queue: why a pair is not in it, filters kept, and how the pages behave."""
