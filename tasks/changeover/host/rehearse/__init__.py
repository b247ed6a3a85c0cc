"""The program that rehearses migrations on a copy of today's data."""
