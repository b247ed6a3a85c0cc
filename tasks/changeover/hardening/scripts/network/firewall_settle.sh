# the rules of before, or none
systemctl daemon-reload
if [ -x "$program" ] && [ -s "$rules" ]; then
    "$program" load
elif command -v nft > /dev/null; then
    systemctl stop "$unit" 2> /dev/null || true
    ! nft list table inet "$table" > /dev/null 2>&1 || nft delete table inet "$table"
fi
