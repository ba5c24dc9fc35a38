"""Rows into what a page shows, and the only sender of news about them."""
