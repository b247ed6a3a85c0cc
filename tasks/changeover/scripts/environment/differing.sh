# Prints the names of the keys whose values differ from those on standard input.
# Given: env_file.
# the lines are read to their end, whatever happens then: who sends them waits for that
lines=$(cat)
exec {wanted}< <(printf '%s\n' "$lines")
# names alone are printed; the file may be one that the app left, so it is read as such
said=$(read_plain "$env_file" | read_environment differing "$wanted")
printf '%s\n' "$said"
