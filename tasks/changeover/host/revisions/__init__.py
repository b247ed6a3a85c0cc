"""What a database says of the migrations that were applied to it."""
