"""What changes a host: already so? say why; else yield one script."""
