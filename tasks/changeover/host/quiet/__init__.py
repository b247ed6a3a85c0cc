"""The program that waits until nothing is released on the host."""
