import type { Role } from "../../api/session.ts";
import type { Tone } from "../../ui/badge.tsx";

/** What each role may do, the least first; each may do what the ones before it may. */
export const ROLES: readonly { readonly value: Role; readonly title: string; readonly about: string }[] = [
  { value: "viewer", title: "Viewer", about: "Sees everything but secrets, and changes nothing." },
  {
    value: "operator",
    title: "Operator",
    about: "Also rotates secrets, takes grants back, sends events, and changes settings and webhooks.",
  },
  {
    value: "owner",
    title: "Owner",
    about: "Also makes and deletes apps, sees and revokes secrets, and manages people and tokens.",
  },
];

export const ROLE_TONES: Readonly<Record<Role, Tone>> = {
  viewer: "neutral",
  operator: "accent",
  owner: "good",
};
