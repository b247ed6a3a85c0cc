# A function that lends git the login of a repository.
# Given: nothing.
# sets "lent": what makes git read the login from a file when a server wants one, and for that server alone, so
# that it is in no address and on no command line
lent=()
lend_login() { # ADDRESS
    local key server
    [[ $1 =~ ^[A-Za-z]+://[^/]+ ]]; server=${BASH_REMATCH[0]}; key=credential.$server.helper
    # those of a configuration are left out: they would be told of it, to keep it
    lent=(
        GIT_CONFIG_COUNT=2 "GIT_CONFIG_KEY_0=$key" GIT_CONFIG_VALUE_0= "GIT_CONFIG_KEY_1=$key"
        'GIT_CONFIG_VALUE_1=!f() { [ "$1" != get ] || cat "${CHANGEOVER_LOGIN:-$CREDENTIALS_DIRECTORY/login}"; }; f'
    )
}
