import type { ReactNode } from "react";
import classes from "./badge.module.css";

export type Tone =
  | "neutral"
  | "good"
  | "warn"
  | "bad"
  | "accent"
  | "public"
  | "private"
  | "presence"
  | "cache";

export function Badge({
  tone = "neutral",
  children,
}: {
  readonly tone?: Tone;
  readonly children: ReactNode;
}) {
  return <span className={`${classes.badge} ${classes[tone] ?? ""}`}>{children}</span>;
}
