#!/bin/sh
# Makes the secrets that the compose files read, in ./secrets: once, before the first start. Those that are there stay.
set -eu
cd "$(dirname "$0")"

# The folder keeps others out. The files are readable within it, since the containers that get one are not root.
umask 022
mkdir -p secrets
chmod 700 secrets

random() { # bytes
    od -An -vtx1 -N "$1" /dev/urandom | tr -d ' \n'
}

keep() { # name, value
    [ -s "secrets/$1" ] || printf '%s\n' "$2" > "secrets/$1"
}

keep master_key "$(random 32)"
keep app_key "$(random 10)"
keep app_secret "$(random 24)"
keep postgres_password "$(random 24)"
keep redis_password "$(random 24)"
keep grafana_password "$(random 12)"
keep database_url "postgres://usher:$(cat secrets/postgres_password)@postgres:5432/usher"
keep redis_url "redis://default:$(cat secrets/redis_password)@redis:6379"
