"""The steps of interop/README.md with the official SDK for Python. One line of JSON for each."""

import json
import os

import pusher
import pusher.errors
from pusher.version import VERSION

env = os.environ
app = {"app_id": env["USHER_APP_ID"], "key": env["USHER_APP_KEY"], "secret": env["USHER_APP_SECRET"]}
empty_app = {
    "app_id": env["USHER_EMPTY_APP_ID"],
    "key": env["USHER_EMPTY_APP_KEY"],
    "secret": env["USHER_EMPTY_APP_SECRET"],
}
socket_id = env["USHER_SOCKET_ID"]


def connect(credentials):
    return pusher.Pusher(
        **credentials,
        host=env["USHER_HOST"],
        port=int(env["USHER_PORT"]),
        ssl=False,
        encryption_master_key_base64=env["USHER_MASTER_KEY"],
    )


client = connect(app)


def step(name, run, note=None):
    """What `run` returns becomes the detail; `note` stands in the table in place of "yes"."""
    try:
        report({"step": name, "ok": True, "detail": as_text(run()), "note": note})
    except Exception as error:
        report({"step": name, "ok": False, "detail": f"{type(error).__name__}: {error}"})


def absent(name):
    report({"step": name, "ok": False, "detail": "", "note": "not in the SDK"})


def report(line):
    print(json.dumps({key: value for key, value in line.items() if value is not None}), flush=True)


def as_text(value):
    return value if isinstance(value, str) else json.dumps(value)


def error_of(expected, run):
    """The message of the error that `run` raises, which must be of this very type."""
    try:
        run()
    except Exception as error:
        if type(error) is expected:
            return str(error)
        raise
    raise AssertionError("no error")


def ticket(response):
    # The SDK leaves the shared secret as bytes, which json.dumps refuses.
    if "shared_secret" in response:
        response["shared_secret"] = response["shared_secret"].decode()
    return response


def webhook(name, credentials, signature=None):
    given = signature or env[f"USHER_{name}_SIGNATURE"]
    return connect(credentials).validate_webhook(credentials["key"], given, env[f"USHER_{name}_BODY"])


def accepted(data):
    assert data is not None, "expected a valid webhook"
    return data["events"]


def refused(data):
    assert data is None, "expected a refusal"
    return "refused"


def from_url():
    # The port cannot stand in the URL: the SDK would write another one behind it.
    url = f"http://{app['key']}:{app['secret']}@{env['USHER_HOST']}/apps/{app['app_id']}"
    return pusher.Pusher.from_url(url, port=int(env["USHER_PORT"])).trigger("news", "from-url", {"n": 0})


step("sdk", lambda: VERSION)

step("channels_empty", lambda: connect(empty_app).channels_info())
step("client_from_url", from_url, note="port as an option")

step("trigger_one", lambda: client.trigger("news", "one", {"text": "żółć 🚀"}))
step("trigger_many", lambda: client.trigger(["news", "sport"], "many", {"n": 2}))
step("trigger_exclude", lambda: client.trigger("news", "exclude", {"n": 3}, socket_id))
absent("trigger_info")
step(
    "batch",
    lambda: client.trigger_batch(
        [
            {"channel": "news", "name": "batch-first", "data": {"n": 5}},
            {"channel": "sport", "name": "batch-second", "data": {"n": 6}},
        ]
    ),
)
step(
    "batch_info",
    lambda: client.trigger_batch(
        [
            {"channel": "news", "name": "batch-info", "data": {"n": 7}, "info": "subscription_count"},
            {"channel": "presence-room", "name": "batch-info", "data": {"n": 8}, "info": "user_count"},
        ]
    ),
)
step("trigger_encrypted", lambda: client.trigger("private-encrypted-vault", "secret", {"text": "between us"}))

step("channels", lambda: client.channels_info("presence-", ["user_count"]))
step("channel", lambda: client.channel_info("news", ["subscription_count"]))
step("channel_unoccupied", lambda: client.channel_info("nobody-here"))
step("users", lambda: client.users_info("presence-room"))

step("send_to_user", lambda: client.send_to_user("carol", "note", {"n": 9}))
step("terminate", lambda: client.terminate_user_connections("carol"))

step("authorize_private", lambda: client.authenticate("private-account", socket_id))
step(
    "authorize_presence",
    lambda: client.authenticate(
        "presence-lounge", socket_id, {"user_id": "dora", "user_info": {"name": "Dora Ünal"}}
    ),
)
step("authorize_encrypted", lambda: ticket(client.authenticate("private-encrypted-vault", socket_id)))
step(
    "authenticate_user",
    lambda: client.authenticate_user(socket_id, {"id": "erin", "user_info": {"name": "Erin"}}),
)

step(
    "wrong_secret",
    lambda: error_of(
        pusher.errors.PusherBadAuth,
        lambda: connect({**app, "secret": "wrong"}).trigger("news", "never", {}),
    ),
    note="`PusherBadAuth`",
)
# Above 30,720 bytes the SDK refuses by itself, with a ValueError.
step(
    "too_large",
    lambda: error_of(pusher.errors.PusherBadStatus, lambda: client.trigger("news", "never", "x" * 10_241)),
    note="`PusherBadStatus`",
)

# From Pusher's own tests, with an app of its own.
published = {
    **app,
    "key": env["USHER_PUBLISHED_WEBHOOK_KEY"],
    "secret": env["USHER_PUBLISHED_WEBHOOK_SECRET"],
}

step("webhook", lambda: accepted(webhook("WEBHOOK", app)))
step(
    "webhook_published",
    lambda: refused(webhook("PUBLISHED_WEBHOOK", published)),
    note="refused: over 5 minutes old",
)
step("webhook_encrypted", lambda: accepted(webhook("ENCRYPTED_WEBHOOK", app)))
step("webhook_forged", lambda: refused(webhook("WEBHOOK", app, "0" * 64)))
