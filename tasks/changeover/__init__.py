"""The public vocabulary of deploys/: one module a phase."""
