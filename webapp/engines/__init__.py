"""The only bridge to the matching and search libraries."""
