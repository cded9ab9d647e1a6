// Your page: stock pusher-js, pointed at Usher.
import Pusher from "pusher-js";

const pusher = new Pusher(process.env.USHER_APP_KEY, {
  cluster: "",
  wsHost: "127.0.0.1",
  wsPort: process.env.USHER_PORT ?? 6001,
  forceTLS: false,
  enabledTransports: ["ws", "wss"],
  channelAuthorization: { endpoint: "http://127.0.0.1:3000/pusher/auth" },
});

const orders = pusher.subscribe("private-orders");
orders.bind("pusher:subscription_succeeded", () => console.log("joined"));
orders.bind("pusher:subscription_error", (error) => console.log("refused", error.status));
orders.bind("shipped", (data) => console.log("shipped", data));
