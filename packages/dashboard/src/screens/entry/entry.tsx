import type { ReactNode } from "react";
import { BASE } from "../../api/place.ts";
import classes from "./entry.module.css";

/** The frame of what is seen before one is in. */
export function Entry({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <main className={classes.entry}>
      <div className={classes.card}>
        <img className={classes.mark} src={`${BASE}/assets/icon.svg`} alt="" />
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}
