import pusherJs from "pusher-js/dist/web/pusher.min.js" with { type: "text" };
import pusherJsLicence from "pusher-js/dist/web/pusher.min.js.LICENSE.txt" with { type: "text" };
import channels from "./page/channels.js" with { type: "text" };
import connection from "./page/connection.js" with { type: "text" };
import eventList from "./page/event-list.js" with { type: "text" };
import guest from "./page/guest.js" with { type: "text" };
import icon from "./page/icon.svg" with { type: "text" };
import main from "./page/main.js" with { type: "text" };
import css from "./page/page.css" with { type: "text" };
import refusals from "./page/refusals.js" with { type: "text" };
import sending from "./page/sending.js" with { type: "text" };
import snippets from "./page/snippets.js" with { type: "text" };

export interface Asset {
  readonly text: string;
  readonly type: string;
}

/** A file of the page. Imported as text, so that a single-file executable carries them all. */
export function assetAt(name: string): Asset | undefined {
  return ASSETS.get(name);
}

const ASSETS: ReadonlyMap<string, Asset> = new Map([
  ["page.css", { text: css, type: "text/css" }],
  ["icon.svg", { text: icon, type: "image/svg+xml" }],
  ["main.js", script(main)],
  ["channels.js", script(channels)],
  ["connection.js", script(connection)],
  ["event-list.js", script(eventList)],
  ["guest.js", script(guest)],
  ["refusals.js", script(refusals)],
  ["sending.js", script(sending)],
  ["snippets.js", script(snippets)],
  // The stock browser build, and the licence that its first line points to.
  ["pusher.min.js", script(pusherJs)],
  ["pusher.min.js.LICENSE.txt", { text: pusherJsLicence, type: "text/plain" }],
]);

function script(text: string): Asset {
  return { text, type: "text/javascript" };
}
