"""What is written down of what people do here, and leave to read what others wrote."""
