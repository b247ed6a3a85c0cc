"""What a deploy file and group_data may say: frozen, typed, refused when misspelt."""
