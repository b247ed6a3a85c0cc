# Asks the host by the probe, or by shell alone where there is no Python.
# Given: asked, command, start.
status=0; python3 -IS -c "$start" "$command" "$asked" || status=$?
# not there, or not what it should be; without it no program of ours is there to know of a URL
case $status in
    3 | 127) if [ "$command" = candidate ]; then cat > /dev/null; else bare; fi ;;
    0) ;;
    *) echo '{"probe": {"host": {"failed:": "python3 ended with '"$status"'"}}}' ;;
esac
