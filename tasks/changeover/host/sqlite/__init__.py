"""The program for SQLite databases: backups, restores, looks."""
