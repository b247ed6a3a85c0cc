"""What a mirror holds beside the repository itself: of the last commit that was fetched, alone."""

MODULES = "modules"
"""The repositories of submodules."""
LARGE = "large"
"""Where git-lfs keeps what it has fetched."""
