"""What a host says of its own configuration."""
