"""What is done as an app's user, or to what is its own."""
