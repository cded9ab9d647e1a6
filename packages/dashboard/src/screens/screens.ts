import { type ComponentType, lazy } from "react";

export interface ScreenProps {
  /** What the path names, decoded: `id` is the app. */
  readonly params: Readonly<Record<string, string>>;
}

interface Screen {
  /** After the base, with `:name` for what varies. */
  readonly path: string;
  readonly screen: ComponentType<ScreenProps>;
}

/** Every screen behind the log-in; each is loaded when it is first opened. */
export const SCREENS: readonly Screen[] = [
  { path: "/", screen: onDemand(async () => (await import("./overview/overview.tsx")).Overview) },
  {
    path: "/apps/:id",
    screen: onDemand(async () => (await import("./app-overview/app-overview.tsx")).AppOverview),
  },
  { path: "/apps/:id/errors", screen: onDemand(async () => (await import("./errors/errors.tsx")).Errors) },
  { path: "/nodes", screen: onDemand(async () => (await import("./nodes/nodes.tsx")).Nodes) },
  { path: "/apps", screen: onDemand(async () => (await import("./apps/apps.tsx")).Apps) },
  {
    path: "/apps/:id/credentials",
    screen: onDemand(async () => (await import("./credentials/credentials.tsx")).Credentials),
  },
  {
    path: "/apps/:id/channels",
    screen: onDemand(async () => (await import("./channels/channels.tsx")).Channels),
  },
  {
    path: "/apps/:id/channels/:channel",
    screen: onDemand(async () => (await import("./channels/channel.tsx")).ChannelPage),
  },
  {
    path: "/apps/:id/connections",
    screen: onDemand(async () => (await import("./connections/connections.tsx")).Connections),
  },
  {
    path: "/apps/:id/connections/:socket",
    screen: onDemand(async () => (await import("./connections/connection.tsx")).ConnectionPage),
  },
  { path: "/apps/:id/grants", screen: onDemand(async () => (await import("./grants/grants.tsx")).Grants) },
  { path: "/team", screen: onDemand(async () => (await import("./team/team.tsx")).Team) },
  { path: "/audit", screen: onDemand(async () => (await import("./audit/audit.tsx")).Audit) },
  { path: "/apps/:id/doctor", screen: onDemand(async () => (await import("./doctor/doctor.tsx")).Doctor) },
  {
    path: "/apps/:id/connect",
    screen: onDemand(async () => (await import("./connect/connect.tsx")).Connect),
  },
  {
    path: "/apps/:id/console",
    screen: onDemand(async () => (await import("./console/console.tsx")).Console),
  },
  {
    path: "/apps/:id/webhooks",
    screen: onDemand(async () => (await import("./webhooks/webhooks.tsx")).Webhooks),
  },
  {
    path: "/apps/:id/webhooks/:webhook",
    screen: onDemand(async () => (await import("./webhooks/webhook.tsx")).WebhookPage),
  },
  {
    path: "/apps/:id/settings",
    screen: onDemand(async () => (await import("./settings/settings.tsx")).Settings),
  },
];

function onDemand(load: () => Promise<ComponentType<ScreenProps>>): ComponentType<ScreenProps> {
  return lazy(async () => ({ default: await load() }));
}
