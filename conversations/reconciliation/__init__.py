"""The ledger beside the vendor's bill, day by day, so that nobody has to believe either."""
