"""What one process does for all of them, again and again, for as long as it answers turns."""
