# The files are as before. Where they would let nobody in, which they did not before either, sshd goes
# on as it runs rather than with them.
said=$(/usr/sbin/sshd -t 2>&1) || { echo "sshd goes on as it runs: $(first "$said")"; exit 0; }
said=$(refusals)
[ -z "$said" ] || { echo "sshd goes on as it runs: $said"; exit 0; }
put_in_force
