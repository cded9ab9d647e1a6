import type { EndedAnswer } from "@usher/server/admin-types";

/** `ended 340 subscriptions and 85 sign-ins at once, 120 connections within 1 second`. */
export function endedText(ended: EndedAnswer): string {
  const { connections, subscriptions, sign_ins: signIns, within_seconds: seconds } = ended;
  if (connections + subscriptions + signIns === 0) return "nothing had to be ended";
  const atOnce = `${counted(subscriptions, "subscription")} and ${counted(signIns, "sign-in")} at once`;
  return `ended ${atOnce}, ${counted(connections, "connection")} within ${counted(seconds, "second")}`;
}

/** `1,204 connections`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}
