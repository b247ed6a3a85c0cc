url=
visitor=()
# sets url, and curl's words to ask the host's own nginx for a path as a visitor would: by https where
# the site has a certificate, which may be self-signed, so it is held to the very key in place
as_visitor() { # PATH
    url=http://127.0.0.1$1 visitor=(-H "Host: $domain")
    if by_https; then
        local pin; pin=$(openssl x509 -in "$certificate/fullchain.pem" -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64)
        url=https://$domain$1 visitor=(--noproxy '*' --connect-to ::127.0.0.1: --insecure --pinnedpubkey "sha256//$pin")
    fi
}
by_https() { grep -qs '^ *ssl_certificate ' "$site_enabled"; }
