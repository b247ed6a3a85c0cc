# reads its files again where that is enough; what needs a restart gets one
if systemctl --quiet is-active "postgresql@$version-main"; then
    systemctl reload "postgresql@$version-main"
    waiting=$(cd / && runuser -u postgres -- psql -XAtq -c "select 1 from pg_file_settings where error like '%could not be applied%' limit 1")
    [ -z "$waiting" ] || systemctl restart "postgresql@$version-main"
fi
