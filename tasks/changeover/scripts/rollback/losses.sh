# Prints which rows a restore of a backup would lose.
# Given: manifest.
database losses --manifest "$manifest"
