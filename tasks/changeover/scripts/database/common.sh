# Functions for every kind of database.
# Given: migration_tables.
# where the app's migrations are noted: the programs ask there
export CHANGEOVER_MIGRATIONS=$migration_tables
# what the database says has been applied, sorted, one a line
revisions() {
    database revisions | python3 -c 'import json, sys
found = json.load(sys.stdin)
if found["error"]:
    sys.exit(found["error"])
print("\n".join(found["revisions"]))'
}
