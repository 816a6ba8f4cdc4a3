"""Health, jobs and the demonstration clock."""
