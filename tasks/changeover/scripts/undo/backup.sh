# Undoes a backup: removes what was not verified.
# Given: backups, database.
# an artefact gets its manifest when it is verified; whoever undoes has the app's lock
for artefact in "$backups"/*.zst; do
    [ ! -e "$artefact" ] || [ -e "${artefact%.*.zst}.json" ] || rm -f "$artefact"
done
# a second copy of the data in a server is room and a risk; but for it alone no site stays closed
clear_scratch || echo "the scratch database of $database may be left until the next backup" >&2
