section status
disk=/srv; [ -d "$disk" ] || disk=/
df -Pk "$disk" | awk 'NR == 2 {print "total_kilobytes " $2}'
if [ -x "$programs/changeover" ]; then
    # it waits for nobody, whatever goes on; what it complains of is told too
    timeout 20 "$programs/changeover" status "$app" 2>&1 | sed 's/^/program /'
fi
