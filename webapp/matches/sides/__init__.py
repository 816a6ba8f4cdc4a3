"""What the two sides of a match see and say."""
