"""Results, demands and the lists they are classified by."""
