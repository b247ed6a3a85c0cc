# Restores a backup, and keeps the database that it replaces.
# Given: database, manifest, today.
# the backup of what is there now is the way back, should anything fail from here on
[ -n "$today" ] || fail "$database has no verified backup of exactly this state; it was written to since, or no backup was taken"
database restore --manifest "$manifest" --keep-as "rolled-back-$(date -u +%Y%m%dT%H%M%SZ)" > /dev/null
