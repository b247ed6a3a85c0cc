"""The program that runs what is not trusted behind walls."""
