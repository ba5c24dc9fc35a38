"""What a person does about a refusal."""
