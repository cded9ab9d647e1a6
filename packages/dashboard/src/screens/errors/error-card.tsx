import { Stethoscope } from "lucide-react";
import { Link } from "wouter";
import { queryString } from "../../api/request.ts";
import type { ErrorGroup, ErrorSample } from "../../api/stats.ts";
import { Badge, type Tone } from "../../ui/badge.tsx";
import { buttonClass } from "../../ui/button.tsx";
import { Fact, Facts } from "../../ui/facts.tsx";
import { whole } from "../../ui/numbers.ts";
import { Ago } from "../../ui/time.tsx";
import classes from "./errors.module.css";

interface ErrorCardProps {
  readonly appId: string;
  readonly group: ErrorGroup;
  /** The largest count on the screen. */
  readonly most: number;
}

/** Errors that are alike: how many, what is wrong, what to do, and where to look further. */
export function ErrorCard({ appId, group, most }: ErrorCardProps) {
  const { operation, code, cause, count, first_seen_at, last_seen_at, message, hint, docs, sample } = group;
  const base = `/apps/${encodeURIComponent(appId)}`;
  const title = cause === null || cause === NOT_FOUND_OUT ? code : cause;
  return (
    <li className={classes.group} data-row tabIndex={-1}>
      <div className={classes.count}>
        <strong>{whole(count)}</strong>
        <span className={classes.bar} style={{ width: `${(count / most) * 100}%` }} />
      </div>
      <div className={classes.body}>
        <div className={classes.names}>
          <h2>{title}</h2>
          {title !== code && <code className="quiet">{code}</code>}
          <Badge tone={toneOf(operation)}>{operationInWords(operation)}</Badge>
        </div>
        <p className={classes.message}>{message}</p>
        <p className={classes.hint}>{hint}</p>
        <p className="quiet">
          First <Ago at={first_seen_at} />, last <Ago at={last_seen_at} />
        </p>
        {sample && <Sample sample={sample} />}
        <div className={classes.actions}>
          {operation === "handshake" && (
            <Link className={buttonClass("normal", true)} href={`${base}/settings`}>
              Open the app's settings
            </Link>
          )}
          {isAboutAuthorization(operation) && (
            <Link
              className={buttonClass("normal", true)}
              href={`${base}/doctor${queryString({ code, refusal: sample?.id })}`}
            >
              <Stethoscope aria-hidden /> Open in the auth doctor
            </Link>
          )}
          {operation !== "handshake" && (
            <Link
              className={buttonClass("quiet", true)}
              href={`${base}/console${queryString({ query: `code:${code}` })}`}
            >
              Wait for the next in the console
            </Link>
          )}
          <span className="quiet">
            More in <code>{docs}</code>
          </span>
        </div>
      </div>
    </li>
  );
}

function Sample({ sample }: { readonly sample: ErrorSample }) {
  const { reason, channel, socket_id, client, address } = sample;
  return (
    <details className={classes.sample}>
      <summary>The last one</summary>
      <Facts>
        <Fact name="Told">{reason}</Fact>
        {channel !== null && (
          <Fact name="Channel">
            <code>{channel}</code>
          </Fact>
        )}
        {socket_id !== null && (
          <Fact name="Socket id">
            <code>{socket_id}</code>
          </Fact>
        )}
        {client !== null && <Fact name="Client">{client}</Fact>}
        {address !== null && (
          <Fact name="Address">
            <code>{address}</code>
          </Fact>
        )}
      </Facts>
    </details>
  );
}

/** The cause of a signature that no known mistake explains. */
const NOT_FOUND_OUT = "unknown";

const OPERATIONS: Readonly<Record<string, string>> = {
  subscribe: "subscription refused",
  signin: "sign-in refused",
  message: "message refused",
  handshake: "connection refused",
  connection: "connection ended",
};

function operationInWords(operation: string): string {
  if (operation.startsWith("api ")) return `API request refused: ${operation.slice("api ".length)}`;
  return OPERATIONS[operation] ?? `${operation} refused`;
}

function isAboutAuthorization(operation: string): boolean {
  return operation !== "handshake" && operation !== "connection";
}

function toneOf(operation: string): Tone {
  return operation === "connection" ? "warn" : "bad";
}
