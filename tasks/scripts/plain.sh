# a file that the app may have put into a folder of root's: no link, no pipe, and no more than 2 MB. Root
# reads it: a process that read it as the app could be used by the app to leave its walls
read_plain() { dd if="$1" iflag=nofollow,nonblock,fullblock bs=64K count=32 status=none; }
