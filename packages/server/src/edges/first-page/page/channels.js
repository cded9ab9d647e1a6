/** Joins the channel of each ticket on the page and keeps the ticket up to date. */
export function joinChannels(pusher) {
  for (const ticket of document.querySelectorAll("[data-channel]")) {
    follow(pusher.subscribe(ticket.dataset.channel), ticket, pusher.connection);
  }
  showMembers(pusher.channel("presence-demo"));
}

function follow(channel, ticket, connection) {
  const state = ticket.querySelector(".ticket-state");
  const stamp = (name, text) => {
    state.dataset.state = name;
    state.textContent = text;
  };
  channel.bind("pusher:subscription_succeeded", () => stamp("joined", "joined"));
  channel.bind("pusher:subscription_error", ({ status, error }) =>
    stamp("refused", `refused: ${status ?? error}`),
  );
  connection.bind("state_change", ({ current }) => {
    if (current !== "connected") stamp("waiting", "waiting");
  });

  // Comes only where the app has subscription counting on, and never on presence channels.
  channel.bind("pusher:subscription_count", ({ subscription_count: count }) => {
    const line = ticket.querySelector(".ticket-count");
    line.hidden = false;
    line.textContent = count === 1 ? "1 connection is here" : `${count} connections are here`;
  });
}

function showMembers(channel) {
  const list = document.getElementById("members");
  const render = () => {
    const others = [];
    channel.members.each((member) => {
      if (member.id !== channel.members.myID) others.push(chip(member.info?.name ?? member.id));
    });
    const me = chip(channel.members.me?.info?.name ?? "you");
    me.append(" (you)");
    me.className = "is-me";
    list.replaceChildren(me, ...others);
    document.getElementById("alone").hidden = others.length > 0;
  };
  for (const event of ["pusher:subscription_succeeded", "pusher:member_added", "pusher:member_removed"]) {
    channel.bind(event, render);
  }
}

function chip(name) {
  const item = document.createElement("li");
  item.textContent = name;
  return item;
}
