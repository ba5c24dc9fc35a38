"""Nothing that a person wrote is lost: drafts are kept here until they are sent."""
