"""The program that keeps the certificate of an app's site."""
