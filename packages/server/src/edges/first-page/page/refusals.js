const CHANNEL = "private-not-yours";

/** Joins a channel that is not this guest's, in two ways, and shows each refusal as what it is. */
export function offerRefusals(pusher, key) {
  const output = document.getElementById("refusal");
  document.getElementById("ask-refusal").addEventListener("click", () => askForTicket(pusher, output));
  document.getElementById("forge-refusal").addEventListener("click", () => forgeTicket(pusher, key, output));
}

/** The honest way: pusher-js asks the auth endpoint, which says no. */
function askForTicket(pusher, output) {
  const channel = pusher.subscribe(CHANNEL);
  channel.unbind("pusher:subscription_error");
  channel.bind("pusher:subscription_error", (error) => {
    show(output, {
      title: `${error.status}: the auth endpoint said no`,
      explanation:
        "pusher-js asked first-page/auth to sign for this channel and got a refusal, so it never even asked Usher to join. " +
        "In your app this is your own endpoint deciding that this user may not listen.",
      event: "pusher:subscription_error",
      detail: error,
    });
    // Forget it, so that pusher-js does not ask again whenever it reconnects.
    pusher.unsubscribe(CHANNEL);
  });
}

/** The dishonest way: a made-up signature, which only the server can see through. */
function forgeTicket(pusher, key, output) {
  const onRefused = (error) => {
    pusher.unbind("pusher:subscription_error", onRefused);
    show(output, {
      title: `${error.status}: Usher refused the ticket`,
      explanation:
        "The signature was not made with the app's secret. Usher says which text should have been signed, which is what you need when your endpoint and your server disagree. The connection stays open.",
      event: "pusher:subscription_error",
      detail: error,
    });
  };
  pusher.bind("pusher:subscription_error", onRefused);
  const auth = `${key}:${"0".repeat(64)}`;
  const isSent = pusher.send_event("pusher:subscribe", { channel: CHANNEL, auth });
  if (!isSent) pusher.unbind("pusher:subscription_error", onRefused);
}

function show(output, { title, explanation, event, detail }) {
  const heading = document.createElement("h3");
  heading.textContent = title;
  const text = document.createElement("p");
  text.textContent = explanation;
  const label = document.createElement("p");
  label.className = "quiet";
  label.append("What the page's code gets, as ", code(event), " on ", code(CHANNEL), ":");
  const block = document.createElement("pre");
  block.append(code(JSON.stringify(detail, null, 2)));
  output.replaceChildren(heading, text, label, block);
}

function code(text) {
  const element = document.createElement("code");
  element.textContent = text;
  return element;
}
