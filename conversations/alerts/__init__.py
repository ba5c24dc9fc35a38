"""What whoever runs the site should know soon: found in the rows, told once by e-mail and webhook, and when over."""
