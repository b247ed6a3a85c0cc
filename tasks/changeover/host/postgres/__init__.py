"""The program for PostgreSQL databases: backups, restores, looks."""
