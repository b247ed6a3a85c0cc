"""Checks of your hosts: ``pytest --pyargs changeover.checks --inventory inventories/prod.py``."""
