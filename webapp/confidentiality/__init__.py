"""What keeps the promise of who sees what: agreements, layers of fields, who has looked."""
