"""What shellcheck says of scripts that is meant to be so, by file."""

EXCLUDED = {
    # the functions of PostgreSQL know their database by its URL; not all of them speak of it
    "environment/password.sh": {2034},
    "rollback/losses.sh": {2034},
    # the values come over stdin; neither folder is ever empty
    "build/assets.sh": {1091, 2034, 2115},
    # version is never empty
    "provision/node.sh": {2115},
    # reads from one folder, writes to another
    "provision/programs.sh": {2094},
    # have all functions and values of the part, and use what an undo needs
    "hardening/access/operator_settle.sh": {2317},
    "hardening/system/identity_settle.sh": {2317},
    "hardening/access/sshd_settle.sh": {2317},
    # carries what is asked of the host as text
    "hardening/probe.sh": {2016},
    # nginx's variables and a nested sh are meant to stay as they are
    "site/publish.sh": {2016},
    # git's own shell finds the key, a nested one makes folders; nothing here needs a cache
    "fetch/release.sh": {2016, 2034},
    "fetch/links.sh": {2016, 2034},
    "fetch/shared.sh": {2016},
    "fetch/way.sh": {2016, 2034},
    "fetch/login.sh": {2016, 2034},
    "commit/resolve.sh": {2016},
    "provision/access.sh": {2016},
    # the script of a step is in what the program reads
    "rehearse/migrations.sh": {2016},
    # the host's own file; what is asked goes on to a program, and its answer is text for awk
    "probe/bare.sh": {1091, 2016},
    # the functions and values of a host without Python
    "probe/ask.sh": {1091, 2016},
    "processes/systemd/probe.sh": {1091, 2012, 2016},
    # have all functions and values of the engine, and the program has them as text
    "undo/settle.sh": {2016, 2034},
    "undo/touched.sh": {2016, 2034},
    "health/ask.sh": {2016},
    # each engine has all its functions and values, and a script uses some
    "processes/outside.sh": {2034},
    "service/quiesce.sh": {2034},
    "service/restart.sh": {2034},
    # its name is for messages, and the program that is called has its own
    "undo/environment.sh": {2034},
    # the host's own file
    "hardening/machine.sh": {1091},
}

# a part's script and its settling have the same values, and carry other scripts as text
OF_PARTS = {2016, 2034, 2181}
