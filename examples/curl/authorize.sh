#!/bin/sh
# What an authorization endpoint answers: authorize.sh USER_ID SOCKET_ID CHANNEL
# For trying out: openssl gets the secret as an argument, which everybody on this machine can see.
set -eu
export LC_ALL=C
user=$1 socket=$2 channel=$3

refuse() {
  echo "$1" >&2
  exit 1
}

case $user in
  1) info='{"name":"Ada","avatar":"/avatars/ada.png"}' ;;
  2) info='{"name":"Grace","avatar":"/avatars/grace.png"}' ;;
  *) refuse "401 Not signed in" ;;
esac
case $socket in
  *[!0-9.]* | *.*.* | .* | *.) refuse "400 No socket id" ;;
  *.*) ;;
  *) refuse "400 No socket id" ;;
esac

sign() {
  signature=$(printf %s "$1" | openssl dgst -sha256 -hmac "$USHER_APP_SECRET" | sed 's/.*= *//')
  printf %s "$USHER_APP_KEY:$signature"
}

case $channel in
  "private-user-$user")
    printf '{"auth":"%s"}\n' "$(sign "$socket:$channel")"
    ;;
  presence-room-*[!a-z0-9-]* | presence-room-)
    refuse "403 Forbidden"
    ;;
  presence-room-*)
    # Signed and sent as the same text, byte for byte; as a string in JSON its quotes are escaped.
    member="{\"user_id\":\"$user\",\"user_info\":$info}"
    escaped=$(printf %s "$member" | sed 's/"/\\"/g')
    printf '{"auth":"%s","channel_data":"%s"}\n' "$(sign "$socket:$channel:$member")" "$escaped"
    ;;
  *)
    refuse "403 Forbidden"
    ;;
esac
