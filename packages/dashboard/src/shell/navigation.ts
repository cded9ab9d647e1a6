import {
  Activity,
  Antenna,
  AppWindow,
  Cable,
  Gauge,
  Hash,
  KeyRound,
  LayoutDashboard,
  type LucideIcon,
  ScrollText,
  Server,
  ShieldOff,
  SlidersHorizontal,
  Stethoscope,
  TriangleAlert,
  Users,
  Webhook,
} from "lucide-react";

export interface Destination {
  readonly title: string;
  /** After `/apps/{id}` for an app's own, else after the base. */
  readonly path: string;
  readonly icon: LucideIcon;
}

/** What one app has, in the order in which it is mostly needed. */
export const APP_DESTINATIONS: readonly Destination[] = [
  { title: "Overview", path: "", icon: Gauge },
  { title: "Debug console", path: "/console", icon: Activity },
  { title: "Auth doctor", path: "/doctor", icon: Stethoscope },
  { title: "Channels", path: "/channels", icon: Hash },
  { title: "Connections", path: "/connections", icon: Cable },
  { title: "Grants", path: "/grants", icon: ShieldOff },
  { title: "Webhooks", path: "/webhooks", icon: Webhook },
  { title: "Errors", path: "/errors", icon: TriangleAlert },
  { title: "Connect", path: "/connect", icon: Antenna },
  { title: "Credentials", path: "/credentials", icon: KeyRound },
  { title: "Settings", path: "/settings", icon: SlidersHorizontal },
];

export const SERVER_DESTINATIONS: readonly Destination[] = [
  { title: "Overview", path: "/", icon: LayoutDashboard },
  { title: "Apps", path: "/apps", icon: AppWindow },
  { title: "Nodes", path: "/nodes", icon: Server },
  { title: "Team and tokens", path: "/team", icon: Users },
  { title: "Audit", path: "/audit", icon: ScrollText },
];
