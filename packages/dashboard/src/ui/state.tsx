import type { ReactNode } from "react";
import { ApiError } from "../api/api-error.ts";
import { Button } from "./button.tsx";
import classes from "./state.module.css";

interface EmptyStateProps {
  readonly title: string;
  /** What to do next. */
  readonly children: ReactNode;
}

export function EmptyState({ title, children }: EmptyStateProps) {
  return (
    <div className={classes.state}>
      <p className={classes.title}>{title}</p>
      {children}
    </div>
  );
}

export function Loading({ rows = 3 }: { readonly rows?: number }) {
  return (
    <div className={classes.bars} role="status">
      <span className="visually-hidden">Loading</span>
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bars are all alike and never move.
        <div key={index} className={classes.bar} />
      ))}
    </div>
  );
}

/** What went wrong, in the server's own words, and a way to try again. */
export function Failed({ error, retry }: { readonly error: unknown; readonly retry?: () => void }) {
  const { message, hint, code } = describe(error);
  return (
    <div className={`${classes.state} ${classes.failed}`} role="alert">
      <p className={classes.title}>{message}</p>
      {hint && <p>{hint}</p>}
      <code className="quiet">{code}</code>
      {retry && <Button onClick={retry}>Try again</Button>}
    </div>
  );
}

function describe(error: unknown): {
  readonly message: string;
  readonly hint: string;
  readonly code: string;
} {
  if (error instanceof ApiError) return error;
  return { message: String(error), hint: "", code: "dashboard_error" };
}
