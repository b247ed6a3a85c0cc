# who calls itself the default server of a port that sites are at
whole=$(nginx -T 2> /dev/null) || { echo 'nobody knows who'; exit; }
found=$(awk '
    /^# configuration file / { file = $4; sub(/:$/, "", file) }
    /^[^#]*listen[ \t]+([^; \t]*:)?(80|443)[ \t]([^;]*[ \t])?default_server/ { print file; exit }' <<< "$whole")
echo "${found:-nobody}"
