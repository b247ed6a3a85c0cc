# names alone are printed; the file may be one that the app left, so it is read as such
exec {wanted}<&0
said=$(read_plain "$env_file" | read_environment differing "$wanted")
printf '%s\n' "$said"
