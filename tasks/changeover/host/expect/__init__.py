"""The program that sees whether a release is as its deploy file expects."""
