"""The program that fetches a commit and writes it into a folder."""
