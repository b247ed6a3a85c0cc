# Gets the certificate of the site's kind, or gives it up.
# Given: certificates, directory, email, lineage, names, programs, site_enabled, tls, trusted, webroot.
places=(--folder "$certificates" --lineage "$lineage" --site "$site_enabled")
case $tls in
    acme)
        systemctl --quiet enable --now certbot.timer
        order=(--directory "$directory" --email "$email" --webroot "$webroot" ${trusted:+--hsts})
        status=0
        "$programs/certificate" obtain "${places[@]}" "${order[@]}" "${names[@]}" || status=$?
        # 3: it is noted why there is none, and what is in place goes on serving
        [ "$status" = 0 ] || [ "$status" = 3 ] || exit "$status"
        ;;
    self-signed)
        "$programs/certificate" give-up "${places[@]}"
        "$programs/certificate" ready "${places[@]}" --kind self-signed --load "${names[@]}"
        ;;
    *) "$programs/certificate" give-up "${places[@]}" ;;
esac
