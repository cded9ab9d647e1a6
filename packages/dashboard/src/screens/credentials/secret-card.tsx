import { useState } from "react";
import { type SecretStatus, type UseKind, useReveal } from "../../api/secrets.ts";
import { isAtLeast, useSession } from "../../api/session.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy.tsx";
import { NUMBER_CELL, Table } from "../../ui/table.tsx";
import { Ago } from "../../ui/time.tsx";
import { sayFailed } from "../../ui/toasts.tsx";
import classes from "./credentials.module.css";
import { TONES } from "./secret-tones.ts";
import { VerdictBox } from "./verdict-box.tsx";

const USES: Readonly<Record<UseKind, string>> = {
  http_api: "HTTP API",
  channel: "channel",
  user: "sign-in",
};

const COLUMNS = [
  { title: "Client" },
  { title: "From" },
  { title: "For" },
  { title: "In 24 h", isNumber: true },
  { title: "Last" },
];
const SHOWN_CLIENTS = 5;
const COUNT = new Intl.NumberFormat();

interface SecretCardProps {
  readonly appId: string;
  readonly appKey: string;
  readonly secret: SecretStatus;
}

/** One secret as a ticket: its state, who signs with it, and whether it can go. */
export function SecretCard({ appId, appKey, secret }: SecretCardProps) {
  const { state, fingerprint, use } = secret;
  return (
    <li className={classes.card} data-state={state}>
      <div className={classes.cardHead}>
        <Badge tone={TONES[state]}>{state}</Badge>
        <code title="The first 12 digits of the SHA-256 of the secret">{fingerprint}</code>
        {state !== "revoked" && <Reveal appId={appId} appKey={appKey} secretId={secret.id} />}
      </div>
      <p className="quiet">
        <Times secret={secret} />
      </p>
      <p className={classes.use}>
        {use.last_used_at === null ? (
          "Not used yet"
        ) : (
          <>
            Last used <Ago at={use.last_used_at} />
          </>
        )}
        , <strong>{COUNT.format(use.count_24h)}</strong> {use.count_24h === 1 ? "time" : "times"} in 24 hours
        <Kinds use={use} />
      </p>
      {use.clients.length > 0 && (
        <Table caption={`Clients that use ${fingerprint}`} columns={COLUMNS}>
          {use.clients.slice(0, SHOWN_CLIENTS).map(({ client, address, kind, count_24h, last_used_at }) => (
            <tr key={`${client} ${address} ${kind}`}>
              <td>{client}</td>
              <td className="mono">{address ?? "unknown"}</td>
              <td>{USES[kind]}</td>
              <td className={NUMBER_CELL}>{COUNT.format(count_24h)}</td>
              <td>
                <Ago at={last_used_at} />
              </td>
            </tr>
          ))}
        </Table>
      )}
      {state === "retiring" && (
        <VerdictBox
          verdict={secret.safe_to_revoke}
          yes="Safe to revoke"
          no="Somebody still signs with it, or may"
        />
      )}
    </li>
  );
}

function Times({ secret }: { readonly secret: SecretStatus }) {
  const { state, created_at, retire_at, revoked_at } = secret;
  if (state === "retiring" && retire_at) {
    return (
      <>
        Refused from <Ago at={retire_at} />, by itself
      </>
    );
  }
  if (state === "revoked" && revoked_at) {
    return (
      <>
        Revoked <Ago at={revoked_at} />
      </>
    );
  }
  return (
    <>
      Made <Ago at={created_at} />
    </>
  );
}

function Kinds({ use }: { readonly use: SecretStatus["use"] }) {
  const kinds = Object.entries(use.by_kind) as [UseKind, { readonly count_24h: number }][];
  const used = kinds.filter(([, { count_24h }]) => count_24h > 0);
  if (used.length === 0) return null;
  return ` (${used.map(([kind, { count_24h }]) => `${USES[kind]} ${COUNT.format(count_24h)}`).join(", ")})`;
}

function Reveal({
  appId,
  appKey,
  secretId,
}: Omit<SecretCardProps, "secret"> & { readonly secretId: string }) {
  const [secret, setSecret] = useState<string | undefined>();
  const reveal = useReveal(appId, appKey);
  const role = useSession().data?.principal.role;
  if (!isAtLeast(role, "owner")) return null;
  if (secret === undefined) {
    const show = () =>
      reveal.mutate(secretId, { onSuccess: (answer) => setSecret(answer.secret), onError: sayFailed });
    return (
      <Button kind="quiet" small disabled={reveal.isPending} onClick={show}>
        Reveal
      </Button>
    );
  }
  return (
    <span className={classes.secret}>
      <code>{secret}</code>
      <CopyButton text={secret} what="the secret" />
      <Button kind="quiet" small onClick={() => setSecret(undefined)}>
        Hide
      </Button>
    </span>
  );
}
