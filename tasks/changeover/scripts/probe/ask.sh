status=0; python3 -IS -c "$start" "$command" "$asked" || status=$?
# not there, or not what it should be
case $status in 3 | 127) bare ;; esac
