"""What changes a host's own configuration."""
