"""Use first, pay later: from application to the last instalment."""
