const TITLES = {
  initialized: "Opening the doors…",
  connecting: "Opening the doors…",
  connected: "The doors are open.",
  unavailable: "Nobody answers the door.",
  failed: "This browser cannot come in.",
  disconnected: "The doors are closed.",
};
const DETAILS = {
  connected: "This page is an ordinary client: stock pusher-js, talking to the server it came from.",
  connecting: "pusher-js is connecting; it tries again by itself.",
  unavailable: "The server is not reachable. pusher-js keeps trying, so just start it again.",
  failed: "It has no WebSockets, or something in between blocks them.",
};

/** Shows the state of the connection in pusher-js's own words, and who this tab is. */
export function showConnection(pusher, { address, key, guest }) {
  const { connection } = pusher;
  let lastRefusal = "";
  const show = () => {
    const { state } = connection;
    const title = document.getElementById("doors-title");
    title.textContent = TITLES[state] ?? state;
    title.dataset.state = state;
    setText("doors-detail", DETAILS[state] ?? `${lastRefusal} Reload the page to try again.`);
    setText("connection-state", state);
    document.getElementById("connection-state").dataset.state = state;
    setText("socket-id", state === "connected" ? connection.socket_id : "none yet");
    if (state !== "connected") setText("signed-in", "not signed in yet");
  };
  connection.bind("error", (error) => {
    const reason = error?.data ?? error?.error?.data;
    if (reason?.message) lastRefusal = `${reason.code ?? "refused"}: ${reason.message}.`;
  });
  connection.bind("state_change", show);
  // Only after a sign-in does pusher-js join the channel of its user.
  pusher.bind_global((event) => {
    if (event === "pusher:signin_success") setText("signed-in", "signed in");
  });

  setText("address", addressOf(address, key));
  setText("guest-name", guest.name);
  show();
}

function addressOf({ host, port, isTls, pathPrefix }, key) {
  return `${isTls ? "wss" : "ws"}://${host}:${port}${pathPrefix}/app/${key}`;
}

function setText(id, text) {
  const element = document.getElementById(id);
  if (element.textContent !== text) element.textContent = text;
}
