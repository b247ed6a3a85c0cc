# Closes the site, and sees that visitors get 503.
# Given: asked, domain, journal, maintenance, programs, why.
[ -z "$journal" ] || [ ! -d "$journal" ] || fail "an interrupted changeover is not undone yet: $journal (deploys/undo.py)"
printf '%s\n' "$why" | install_file "$maintenance" 0644 root:root
[ -n "$domain" ] || exit 0 # nothing is published, so nobody reaches the app
status=$("$programs/expect" status <<< "$asked") || {
    rm -f "$maintenance"; fail "$domain cannot be asked whether it is closed; if the host's programs are of another version, release first"
}
case $status in
    503) ;;
    000)
        # slow is not down, and what is slow for us may serve others
        state=$(systemctl show -p ActiveState --value nginx.service) || state=
        case $state in
            inactive | failed) echo "nginx does not answer, so nobody can write" ;;
            *) rm -f "$maintenance"; fail "$domain does not answer within 10 s, so nobody knows whether it is closed, and nginx is ${state:-in an unknown state}: look at it (systemctl status nginx), then run this again" ;;
        esac
        ;;
    *) rm -f "$maintenance"; fail "$domain answers $status although it was closed; is another site of nginx in front of ours?" ;;
esac
