/** The two forms: an event from the server, and a client event from this tab. */
export function offerSending(pusher, events, takesClientEvents) {
  offerTrigger(document.getElementById("trigger-form"));
  document.getElementById("client-events-off").hidden = takesClientEvents;
  document.getElementById("client-event-fields").hidden = !takesClientEvents;
  if (takesClientEvents) offerClientEvent(document.getElementById("client-event-form"), pusher, events);
}

function offerTrigger(form) {
  const outcome = form.querySelector(".outcome");
  form.addEventListener("submit", async (submitted) => {
    submitted.preventDefault();
    try {
      const response = await fetch("first-page/trigger", {
        method: "POST",
        headers: { accept: "application/json" },
        body: new URLSearchParams(new FormData(form)),
      });
      const answer = await response.json().catch(() => ({}));
      show(outcome, response.ok, response.ok ? reached(answer.receivers) : refusalOf(response, answer));
    } catch {
      show(outcome, false, "The server did not answer.");
    }
  });
}

function reached(receivers) {
  if (receivers === 0) return "Sent. Nobody is on that channel.";
  return receivers === 1 ? "Sent to 1 connection." : `Sent to ${receivers} connections.`;
}

function refusalOf({ status }, { error }) {
  return error ? `${status}: ${error.message}. ${error.hint}` : `${status}: refused.`;
}

function offerClientEvent(form, pusher, events) {
  const outcome = form.querySelector(".outcome");
  form.addEventListener("submit", (submitted) => {
    submitted.preventDefault();
    const fields = new FormData(form);
    const channel = pusher.channel(fields.get("channel"));
    const event = `client-${fields.get("name")}`;
    const data = jsonOrText(fields.get("data"));
    const isSent = channel.subscribed && channel.trigger(event, data);
    if (isSent) events.addSent({ channel: channel.name, event, data });
    show(outcome, isSent, isSent ? "Sent. Other tabs hear it." : "Not sent: not on the channel right now.");
  });
}

function jsonOrText(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function show(outcome, isGood, text) {
  outcome.textContent = text;
  outcome.dataset.state = isGood ? "good" : "bad";
}
