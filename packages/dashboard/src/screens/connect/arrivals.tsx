import { CircleCheck, Radio } from "lucide-react";
import { Link } from "wouter";
import { buttonClass } from "../../ui/button.tsx";
import { Ago } from "../../ui/time.tsx";
import classes from "./connect.module.css";
import { useArrivals } from "./use-arrivals.ts";

/** Says so when somebody connects. */
export function Arrivals({ appId }: { readonly appId: string }) {
  const { latest, count } = useArrivals(appId);
  const base = `/apps/${encodeURIComponent(appId)}`;
  if (!latest) {
    return (
      <div className={classes.arrivals} role="status">
        <Radio aria-hidden className={classes.waiting} />
        <p>
          <strong>Waiting for the first connection</strong>
          <span>Run one of the snippets; this line changes by itself.</span>
        </p>
      </div>
    );
  }
  const { socketId, client, address, at } = latest;
  return (
    <div className={classes.arrivals} data-connected role="status">
      <CircleCheck aria-hidden />
      <p>
        <strong>
          Connected: {client ?? "a client that does not say what it is"}
          {address !== undefined && ` from ${address}`}
        </strong>
        <span>
          <Ago at={at} />
          {count > 1 && `, ${count.toLocaleString("en")} since this page is open`}
        </span>
      </p>
      <div className={classes.ways}>
        <Link
          className={buttonClass("normal", true)}
          href={`${base}/connections/${encodeURIComponent(socketId)}`}
        >
          The connection
        </Link>
        <Link className={buttonClass("normal", true)} href={`${base}/console`}>
          Debug console
        </Link>
      </div>
    </div>
  );
}
