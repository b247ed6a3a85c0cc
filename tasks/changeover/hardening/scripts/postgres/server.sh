as_postgres() { (cd / && runuser -u postgres -- psql -XAtq -v ON_ERROR_STOP=1 -c "$1"); }
now=$(sed -n '/^# Begin of Changeover/,/^# End of Changeover/{/^#/d;p}' "$access")
if [ "$now" != "$(printf '%s\n' "${rows[@]}")" ]; then
    {
        sed '/^# Begin of Changeover/,/^# End of Changeover/d' "$access"
        [ "${#rows[@]}" = 0 ] || printf '%s\n' '# Begin of Changeover: host_postgres_networks' "${rows[@]}" '# End of Changeover'
    } | install_file "$access" 0640 postgres:postgres
fi
systemctl --quiet enable postgresql
cluster=postgresql@$version-main
if ! systemctl --quiet is-active "$cluster"; then
    systemctl start "$cluster" || fail "PostgreSQL does not start: journalctl -u $cluster; pg_lsclusters"
else
    wrong=$(as_postgres "select string_agg(coalesce(name, sourcefile) || ': ' || error, '; ') from pg_file_settings where error is not null and error not like '%could not be applied%'")
    [ -z "$wrong" ] || fail "PostgreSQL refuses its settings: $wrong"
    wrong=$(as_postgres "select string_agg('line ' || line_number || ': ' || error, '; ') from pg_hba_file_rules where error is not null")
    [ -z "$wrong" ] || fail "PostgreSQL refuses $access: $wrong"
    # ALTER SYSTEM by hand wins over every file
    for setting in $(as_postgres "select distinct name from pg_file_settings where sourcefile like '%/postgresql.auto.conf'"); do
        case " ${names[*]} " in *" $setting "*) as_postgres "alter system reset $setting" ;; esac
    done
    systemctl reload "$cluster"
    if [ -n "$(as_postgres "select 1 from pg_file_settings where error like '%could not be applied%' limit 1")" ]; then
        "$quiet" wait --but host --seconds 300 || fail "PostgreSQL needs a restart for its settings, and an app is being released: run this again after its end"
        systemctl restart "$cluster" || fail "PostgreSQL does not start: journalctl -u $cluster"
    fi
fi
# reloading is not waited for by systemctl
for attempt in $(seq 50); do
    said=$(as_postgres "$query")
    [ "$said" != yes ] || break
    [ "$attempt" -lt 50 ] || fail "PostgreSQL runs with other settings: $said (see pg_file_settings for what sets them)"
    sleep 0.1
done
