#!/bin/sh
# Triggers an event: trigger.sh CHANNEL EVENT DATA, where DATA is text without quotes or backslashes.
# For trying out: openssl gets the secret as an argument, which everybody on this machine can see.
set -eu

path="/apps/$USHER_APP_ID/events"
body="{\"name\":\"$2\",\"channels\":[\"$1\"],\"data\":\"$3\"}"
md5=$(printf %s "$body" | openssl dgst -md5 | sed 's/.*= *//')
# In alphabetical order, as they are signed.
query="auth_key=$USHER_APP_KEY&auth_timestamp=$(date +%s)&auth_version=1.0&body_md5=$md5"
signature=$(printf 'POST\n%s\n%s' "$path" "$query" | openssl dgst -sha256 -hmac "$USHER_APP_SECRET" | sed 's/.*= *//')

curl --silent --show-error --fail-with-body --header "Content-Type: application/json" --data-raw "$body" \
  "http://127.0.0.1:${USHER_PORT:-6001}$path?$query&auth_signature=$signature"
