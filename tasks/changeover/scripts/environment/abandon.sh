# Removes the candidate environment.
# Given: candidate.
rm -f "$candidate"
