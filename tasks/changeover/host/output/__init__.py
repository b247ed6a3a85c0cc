"""What programs say while they run."""
