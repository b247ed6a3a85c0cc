# Only the site that Debian ships counts: one that somebody made of it is somebody's site.
shipped=$(dpkg-query -W -f '${Conffiles}\n' nginx-common | awk '$1 == "/etc/nginx/sites-available/default" { print $2 }')
if [ -e "$enabled" ] && [ "$(md5sum < "$enabled" | cut -d ' ' -f 1)" = "$shipped" ]; then echo enabled; else echo disabled; fi
