"""The program that is the host's side of a changeover."""
