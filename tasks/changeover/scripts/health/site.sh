as_visitor "$path"
# a site that was closed by hand is asked with the bypass; an open one as a visitor would
[ ! -e "$maintenance" ] || with_bypass=yes
try "$domain" "${visitor[@]}"
