echo set > /run/planted
[ ! -e /etc/planted-sleeps ] || sleep 60
[ ! -e /etc/planted-fails ] || fail "the planted part fails"
