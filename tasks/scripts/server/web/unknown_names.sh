# who calls itself the default server of a port that sites are at
found=$(nginx -T 2> /dev/null | awk '
    /^# configuration file / { file = $4; sub(/:$/, "", file) }
    /^[^#]*listen[ \t]+([^; \t]*:)?(80|443)[ \t]([^;]*[ \t])?default_server/ { print file; exit }')
echo "${found:-nobody}"
