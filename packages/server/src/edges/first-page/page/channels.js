/** Joins the channel of each ticket on the page and keeps the ticket up to date. */
export function joinChannels(pusher) {
  for (const ticket of document.querySelectorAll("[data-channel]")) {
    follow(pusher.subscribe(ticket.dataset.channel), ticket, pusher.connection);
  }
  showMembers(pusher.channel("presence-demo"), pusher.connection);
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
  const count = ticket.querySelector(".ticket-count");
  connection.bind("state_change", ({ current }) => {
    if (current === "connected") return;
    stamp("waiting", "waiting");
    if (count) count.hidden = true;
  });

  // Comes only where the app has subscription counting on, and never on presence channels.
  channel.bind("pusher:subscription_count", ({ subscription_count: connections }) => {
    count.hidden = false;
    count.textContent = connections === 1 ? "1 connection is here" : `${connections} connections are here`;
  });
}

function showMembers(channel, connection) {
  const list = document.getElementById("members");
  const alone = document.getElementById("alone");
  const render = () => {
    const others = [];
    channel.members.each((member) => {
      if (member.id !== channel.members.myID) others.push(chip(member.info?.name ?? member.id));
    });
    const me = chip(channel.members.me?.info?.name ?? "you");
    me.append(" (you)");
    me.className = "is-me";
    list.replaceChildren(me, ...others);
    alone.hidden = others.length > 0;
  };
  connection.bind("state_change", ({ current }) => {
    if (current === "connected") return;
    list.replaceChildren();
    alone.hidden = true;
  });
  for (const event of ["pusher:subscription_succeeded", "pusher:member_added", "pusher:member_removed"]) {
    channel.bind(event, render);
  }
}

function chip(name) {
  const item = document.createElement("li");
  item.textContent = name;
  return item;
}
