"""Programs that are put on hosts: standard library only, Python 3.11 and later."""
