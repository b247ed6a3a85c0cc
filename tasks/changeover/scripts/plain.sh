# A function that reads a file which the app may have put there.
# Given: nothing.
# a file that the app may have put into a folder of root's: no link, no pipe, and no more than 2 MB. Root
# reads it: a process that read it as the app could be used by the app to leave its walls
read_plain() { # PATH
    dd if="$1" iflag=nofollow,nonblock,fullblock bs=64K count=33 status=none | {
        head -c 2097152 && { [ "$(wc -c)" = 0 ] || fail "$1 is larger than 2 MB: look at it"; }
    }
}
