# first, and only while nobody works on the host: whoever begins to gives the lock another time
section lock
[ ! -e "$lock" ] || flock -n -s "$lock" stat -c 'stamp %.9Y' "$lock"
section changeover
{ [ ! -x "$programs/changeover" ] || [ ! -d "$state" ]; } || "$programs/changeover" status "$app"
section packages
dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" | awk '$1 == "installed" {print $2}'
section programs
sum "${program_files[@]}"
section files
sum "${files[@]}"
section modes
[ "${#files[@]}" = 0 ] || stat -c '%a %U:%G %n' "${files[@]}"
section present
for path in "${absent[@]}"; do { [ ! -e "$path" ] && [ ! -L "$path" ]; } || echo "$path"; done
section answers
# all at once: each is one line, whole
for number in "${!commands[@]}"; do
    { line=$(timeout 20 bash --norc -c "${commands[number]}" < /dev/null | head -n 1); echo "$number ${line:-nothing}"; } &
done
wait
section end
