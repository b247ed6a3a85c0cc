section status
disk=/srv; [ -d "$disk" ] || disk=/
df -Pk "$disk" | awk 'NR == 2 {print "total_kilobytes " $2}'
# what was made is root's alone; a folder that is being filled is a build's
find "$releases" "$environments" "$builds" -name '.*new' -prune -o \( ! -user root -o ! -type l -perm /022 \) -print -quit | sed 's/^/changed /'
if [ -x "$programs/changeover" ]; then
    # it waits for nobody, whatever goes on; what it complains of is told too
    timeout 20 "$programs/changeover" status "$app" 2>&1 | sed 's/^/program /'
fi
