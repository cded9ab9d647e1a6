// Stock pusher-js, whose channels are authorized with one request. With ?jsonp at the end of the address, by JSONP.
import { batchedAuthorization } from "@usher/pusher-js";
import Pusher, { type Channel, type PresenceChannel } from "pusher-js";

const endpoint = "/pusher/auth";
const isJsonp = location.search === "?jsonp";
let isConnected = false;

for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-user]")) {
  button.addEventListener("click", () => signIn(Number(button.dataset.user)));
}

async function signIn(user: number): Promise<void> {
  const response = await fetch("/login", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ user }),
  });
  const { key, port } = await response.json();
  if (!isConnected) connect(key, port);
  isConnected = true;
}

function connect(key: string, port: number): void {
  const pusher = new Pusher(key, {
    cluster: "",
    wsHost: location.hostname,
    wsPort: port,
    forceTLS: false,
    enabledTransports: ["ws", "wss"],
    channelAuthorization: isJsonp
      ? { endpoint, transport: "jsonp" }
      : batchedAuthorization({ endpoint, Pusher, headers: { "X-Requested-With": "XMLHttpRequest" } }),
  });
  // One of these two is somebody else's.
  for (const name of ["private-user-1", "private-user-2"]) show(pusher.subscribe(name));
  const lobby = pusher.subscribe("presence-room-lobby") as PresenceChannel;
  show(lobby);
  for (const event of ["pusher:subscription_succeeded", "pusher:member_added", "pusher:member_removed"]) {
    lobby.bind(event, () => showMembers(lobby));
  }
}

function show(channel: Channel): void {
  const line = addLine("channels", `${channel.name}: asking`);
  channel.bind("pusher:subscription_succeeded", () => {
    line.textContent = `${channel.name}: joined`;
  });
  channel.bind("pusher:subscription_error", ({ status }: { status?: number }) => {
    line.textContent = `${channel.name}: refused, ${status}`;
  });
  channel.bind("signed-in", ({ name }: { name: string }) => addLine("events", `${name} signed in again`));
}

function showMembers({ members }: PresenceChannel): void {
  document.getElementById("members")?.replaceChildren();
  members.each(({ info }: { info: { name: string; avatar: string } }) =>
    addLine("members", `${info.avatar} ${info.name}`),
  );
}

/** As text, never as HTML: names are other people's. */
function addLine(list: "channels" | "members" | "events", text: string): HTMLElement {
  const line = document.createElement("li");
  line.textContent = text;
  document.getElementById(list)?.append(line);
  return line;
}
