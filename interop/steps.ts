/** The steps in the order of the table. interop/README.md says what a program does in each. */
export const STEPS = {
  channels_empty: "Channels of an app that has none",
  channels: "Channels by prefix, with user counts",
  channel: "A channel, with its subscription count",
  channel_unoccupied: "A channel that nobody is on",
  users: "Users of a presence channel",
  client_from_url: "Configured by a URL",
  trigger_one: "Trigger on one channel",
  trigger_many: "Trigger on many channels",
  trigger_exclude: "Trigger, but not to one `socket_id`",
  trigger_info: "Trigger, asking for `info`",
  batch: "Batch",
  batch_info: "Batch, asking for `info`",
  trigger_encrypted: "Trigger on an encrypted channel",
  send_to_user: "Send to a user",
  terminate: "Terminate a user's connections",
  authorize_private: "Authorize a private channel",
  authorize_presence: "Authorize a presence channel",
  authorize_encrypted: "Authorize an encrypted channel",
  authenticate_user: "Authenticate a user",
  wrong_secret: "Error for a wrong secret, 401",
  too_large: "Error for too much data, 413",
  webhook: "Webhook with every kind of event accepted",
  webhook_published: "Pusher's published webhook accepted",
  webhook_encrypted: "Webhook of an encrypted channel accepted",
  webhook_forged: "Forged webhook refused",
} as const;

export type Step = keyof typeof STEPS;

export const stepNames = Object.keys(STEPS) as readonly Step[];
