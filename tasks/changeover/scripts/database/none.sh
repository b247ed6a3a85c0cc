# Functions of an app that has no database.
# Given: nothing.
database() { fail "there is no database to $1"; }
restore_as_it_was() { database restore; }
holds_data() { echo no; }
writers() { :; }
outsiders() { :; }
clear_scratch() { :; }
set_aside() { database set-aside; }
