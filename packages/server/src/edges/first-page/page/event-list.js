const MOST_EVENTS = 100;
const KIND_BY_PREFIX = [
  ["private-", "private"],
  ["presence-", "presence"],
];

/** Lists what arrives on this connection, newest first. Returns how to add what this tab has sent itself. */
export function listEvents(pusher) {
  const clearButton = document.getElementById("clear-events");
  const list = document.getElementById("event-list");
  const add = (event) => {
    list.prepend(row(event));
    while (list.children.length > MOST_EVENTS) list.lastChild.remove();
    showEmptyState(list, clearButton);
  };
  clearButton.addEventListener("click", () => {
    list.replaceChildren();
    showEmptyState(list, clearButton);
  });

  // Every frame in the form that pusher-js decoded it to, before any channel sees it.
  pusher.connection.bind("message", ({ event, channel, data, user_id: userId }) => {
    if (event === "pusher:error") add({ channel: "", event, data });
    else if (event === "pusher_internal:member_added") add({ channel, event: "pusher:member_added", data });
    else if (event === "pusher_internal:member_removed")
      add({ channel, event: "pusher:member_removed", data });
    else if (!event.startsWith("pusher"))
      add({ channel, event, data, from: nameOf(pusher, channel, userId) });
  });
  return { addSent: (event) => add({ ...event, isSent: true }) };
}

function showEmptyState(list, clearButton) {
  const isEmpty = list.children.length === 0;
  document.getElementById("no-events").hidden = !isEmpty;
  clearButton.hidden = isEmpty;
}

/** Who sent a client event; only presence channels tell. */
function nameOf(pusher, channel, userId) {
  if (userId === undefined) return undefined;
  return pusher.channel(channel)?.members?.get(userId)?.info?.name ?? userId;
}

function row({ channel, event, data, from, isSent = false }) {
  const item = document.createElement("li");
  item.className = "event";
  item.dataset.kind = kindOf(channel, event);
  if (isSent) item.dataset.sent = "";
  const note = isSent ? "sent by this tab" : from && `from ${from}`;
  item.append(
    part("span", "event-channel", channel || "this connection"),
    part("strong", "event-name", event),
    part("time", "event-time", new Date().toLocaleTimeString("en-GB")),
    ...(note ? [part("span", "event-note", note)] : []),
    part("code", "event-data", typeof data === "string" ? data : JSON.stringify(data)),
  );
  return item;
}

function part(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

function kindOf(channel, event) {
  if (event === "pusher:error") return "error";
  return KIND_BY_PREFIX.find(([prefix]) => channel.startsWith(prefix))?.[1] ?? "public";
}
