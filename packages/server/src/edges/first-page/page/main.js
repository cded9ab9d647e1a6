import { joinChannels } from "./channels.js";
import { showConnection } from "./connection.js";
import { listEvents } from "./event-list.js";
import { currentGuest } from "./guest.js";
import { offerRefusals } from "./refusals.js";
import { offerSending } from "./sending.js";
import { showSnippets } from "./snippets.js";

const { appId, key, pathPrefix, clientEvents } = document.body.dataset;
const isTls = location.protocol === "https:";
const address = {
  host: location.hostname,
  port: Number(location.port) || (isTls ? 443 : 80),
  isTls,
  pathPrefix,
};

showSnippets({ appId, key, address });
if (key) start();
else document.getElementById("no-app").hidden = false;

function start() {
  const guest = currentGuest();
  const params = { guest_id: guest.id, guest_name: guest.name };
  // `Pusher` comes from the stock browser build, loaded before this script.
  const pusher = new window.Pusher(key, {
    cluster: "",
    wsHost: address.host,
    wsPort: address.port,
    wssPort: address.port,
    wsPath: pathPrefix,
    forceTLS: isTls,
    enabledTransports: ["ws", "wss"],
    channelAuthorization: { endpoint: "first-page/auth", transport: "ajax", params },
    userAuthentication: { endpoint: "first-page/user-auth", transport: "ajax", params },
  });
  const events = listEvents(pusher);
  showConnection(pusher, { address, key, guest });
  joinChannels(pusher);
  offerSending(pusher, events, clientEvents === "true");
  offerRefusals(pusher, key);
  pusher.signin();
}
