"""Home, search and the campus innovation circles."""
