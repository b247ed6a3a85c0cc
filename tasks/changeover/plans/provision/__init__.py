"""What a host needs before it can carry an app: one file for each subject."""
