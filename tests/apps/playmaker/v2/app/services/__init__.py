"""What the application does with its data; callers open and commit the session."""
