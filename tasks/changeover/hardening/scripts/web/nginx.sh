# Debian's own site, and no other by that name
shipped=$(dpkg-query -W -f '${Conffiles}\n' nginx-common | awk '$1 == "/etc/nginx/sites-available/default" { print $2 }')
if [ -e "$enabled" ] && [ "$(md5sum < "$enabled" | cut -d ' ' -f 1)" = "$shipped" ]; then rm -f "$enabled"; sync "$(dirname "$enabled")"; fi
said=$(nginx -t -q 2>&1) || fail "nginx refuses the configuration of this host, so the earlier one stays: $said"
claims=$(bash --norc -c "$unknown_names")
[ "$claims" = nobody ] || fail "$claims calls itself default_server, and so answers whoever asks for an unknown name. Here nobody does: take that word out of it (it is still reached by its names) and run this again"
systemctl --quiet enable nginx
reload_nginx
date +%s | install_file "$stamp" 0644 root:root
