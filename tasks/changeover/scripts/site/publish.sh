# Publishes the app's nginx site, after nginx has tested it. The file to include comes on standard input.
# Given: bypass, certificates, domain, include, included_from, loaded, names, programs, settings, site,
#   site_enabled, text, tls, webroot.
install -d -m 0755 "$(dirname "$bypass")"
[ -s "$bypass" ] || printf '"%s" 1;\n' "$(od -An -tx1 -N20 /dev/urandom | tr -d ' \n')" | install_file "$bypass" 0600 root:root

if [ -n "$tls" ]; then
    # the site is refused without any; the one that is wanted comes when it can be had
    install -d -m 0755 "$webroot"
    "$programs/certificate" ready --folder "$certificates" --site "$site_enabled" --kind "$tls" "${names[@]}"
fi

# The test sees a copy of nginx's folder, mounted over the real one for the test alone: what nginx
# refuses never stands where a reboot would find it.
trial=$(mktemp -d); trap 'rm -rf "$trial"' EXIT
cp -a /etc/nginx/. "$trial/"
cat <<< "$text" > "$trial/sites-available/$(basename "$site")"
own=$trial/changeover/sites/$(basename "$include")
[ -z "$include" ] || { install -d -m 0755 "$(dirname "$own")"; cat > "$own"; }
ln -sfn "$site" "$trial/sites-enabled/$(basename "$site_enabled")"
unshare --mount -- true || fail "this host allows no mount of its own (unshare --mount), with which the site is tested before it is put in place"
# shellcheck disable=SC2016 # expanded by the inner shell
if ! said=$(unshare --mount -- sh -c 'mount --bind "$1" /etc/nginx && nginx -t -q' sh "$trial" 2>&1); then
    # the operator knows the file by its own name, and the site's by the setting that makes it
    if [ -n "$include" ] && [[ $said =~ "$include":[0-9]+ ]]; then
        said=${said/"${BASH_REMATCH[0]}"/"${BASH_REMATCH[0]} (that is $included_from)"}
    fi
    for setting in "${settings[@]}"; do
        [[ $said != *"\"${setting%% *}\" directive is duplicate"* ]] || said+=$'\n'"the site has ${setting%% *} already: take it out, and set ${setting#* }"
    done
    printf '%s\n' "$said" >&2
    fail "nginx refuses the site of $domain; the configuration that serves was not touched"
fi
if [ -n "$include" ]; then
    install -d -m 0755 "$(dirname "$include")"
    install_file "$include" 0600 root:root < "$own"
fi
install_file "$site" 0644 root:root <<< "$text"
switch_link "$site" "$site_enabled"
systemctl --quiet enable nginx
reload_nginx
[ -z "$tls" ] || "$programs/certificate" seen --folder "$certificates" --site "$site_enabled"
sha256sum "$site" | cut -d' ' -f1 | install_file "$loaded" 0644 root:root
