"""What of an app's folder in a commit its packages and builds are made from."""
