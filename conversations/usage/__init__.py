"""What the site uses and what it costs: prices, the ledger's only writer, and the reports that add it up."""
