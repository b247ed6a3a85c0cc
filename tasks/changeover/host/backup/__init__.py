"""What backups of every kind of database have in common."""
