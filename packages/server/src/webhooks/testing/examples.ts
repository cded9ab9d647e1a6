import { type App, DEFAULT_APP_SETTINGS } from "@usher/hub";
import type { WebhookEndpoint } from "../endpoint.ts";

export const SOME_APP: App = {
  id: "1",
  name: "",
  enabled: true,
  keys: [],
  settings: DEFAULT_APP_SETTINGS,
  restrictions: [],
};

/** Gets every event of that app. */
export const SOME_ENDPOINT: WebhookEndpoint = {
  id: "wh_1",
  appId: SOME_APP.id,
  url: "http://127.0.0.1/",
  eventTypes: null,
  channelPrefix: "",
  channelSuffix: "",
  headers: {},
  batching: false,
  enabled: true,
  disabledReason: null,
  isFromConfig: false,
  failingSince: null,
  createdAt: "",
};
