"""First data of the platform: lists, worked examples and repeatable rows for load."""
