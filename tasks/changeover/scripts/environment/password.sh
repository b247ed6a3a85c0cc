# migrations come in with it already; what serves keeps the connections that it has
database provision --app "$app" > /dev/null
