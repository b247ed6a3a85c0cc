"""Templates of what Changeover writes to hosts."""
