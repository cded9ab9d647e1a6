"""Flask, with its session cookie and the official package `pusher`."""

import os
import re

import pusher
from flask import Flask, jsonify, request, session

usher = pusher.Pusher(
    app_id=os.environ["USHER_APP_ID"],
    key=os.environ["USHER_APP_KEY"],
    secret=os.environ["USHER_APP_SECRET"],
    host="127.0.0.1",
    port=int(os.environ.get("USHER_PORT", "6001")),
    ssl=False,
)

app = Flask(__name__)
app.secret_key = os.environ["SESSION_SECRET"]
app.config["SESSION_COOKIE_SAMESITE"] = "Lax"

USERS = {
    1: {"name": "Ada", "avatar": "/avatars/ada.png"},
    2: {"name": "Grace", "avatar": "/avatars/grace.png"},
}


@app.post("/pusher/auth")
def authorize():
    user_id = session.get("user")
    if user_id not in USERS:
        return "Not signed in", 401

    socket_id = request.form.get("socket_id", "")
    channel = request.form.get("channel_name", "")
    if not re.fullmatch(r"\d+\.\d+", socket_id, re.ASCII):
        return "No socket id", 400

    if channel == f"private-user-{user_id}":
        return jsonify(usher.authenticate(channel, socket_id))
    if re.fullmatch(r"presence-room-[a-z0-9-]{1,100}", channel):
        member = {"user_id": str(user_id), "user_info": USERS[user_id]}
        return jsonify(usher.authenticate(channel, socket_id, member))
    return "Forbidden", 403


@app.post("/login")
def log_in():
    user_id = request.get_json().get("user")  # Yours asks for a password.
    if user_id not in USERS:
        return "Who is that?", 401
    session["user"] = user_id
    usher.trigger(f"private-user-{user_id}", "signed-in", {"name": USERS[user_id]["name"]})
    return "", 204
