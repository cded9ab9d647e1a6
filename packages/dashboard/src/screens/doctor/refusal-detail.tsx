import { Link } from "wouter";
import type { Refusal, SignedKind } from "../../api/doctor.ts";
import { CopyButton } from "../../ui/copy.tsx";
import { Fact, Facts } from "../../ui/facts.tsx";
import { SelectField } from "../../ui/field.tsx";
import { Ago } from "../../ui/time.tsx";
import { Diagnosis } from "./diagnosis.tsx";
import classes from "./doctor.module.css";

interface RefusalDetailProps {
  readonly appId: string;
  readonly refusal: Refusal;
  /** Those with the same reason, this one among them; the latest first. */
  readonly alike: readonly Refusal[];
  readonly show: (id: string) => void;
}

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

/** One refusal: who was refused what, and why. */
export function RefusalDetail({ appId, refusal, alike, show }: RefusalDetailProps) {
  const { explanation, operation, channel, reason, hint, code } = refusal;
  return (
    <div className={classes.detail}>
      {explanation ? (
        <Diagnosis appId={appId} kind={kindOf(operation)} channel={channel} explanation={explanation} />
      ) : (
        <section className={classes.diagnosis}>
          <header className={classes.verdict} data-verdict="bad">
            <div>
              <h2>{reason}</h2>
              <p>{hint}</p>
            </div>
          </header>
        </section>
      )}
      <section className={classes.who} aria-label="Who was refused">
        {alike.length > 1 && (
          <SelectField
            label={`${alike.length} with this reason`}
            value={refusal.id}
            onChange={(event) => show(event.target.value)}
          >
            {alike.map(({ id, at, channel: name, socket_id: socketId }) => (
              <option key={id} value={id}>
                {[TIME.format(new Date(at)), name, socketId].filter(Boolean).join(" · ")}
              </option>
            ))}
          </SelectField>
        )}
        <Facts>
          <Fact name="When">
            <Ago at={refusal.at} />
          </Fact>
          <Fact name="What">
            <code>{operation}</code>
            {channel !== null && <code>{channel}</code>}
          </Fact>
          <Sender appId={appId} refusal={refusal} />
          <Fact name="The client was told">
            <span>{reason}</span>
          </Fact>
          <Fact name="Error">
            <code>{code}</code>
            <CopyButton text={`docs/errors.md#${code}`} what="the place in the documentation" />
          </Fact>
        </Facts>
      </section>
    </div>
  );
}

function Sender({ appId, refusal }: { readonly appId: string; readonly refusal: Refusal }) {
  const { socket_id: socketId, client, address } = refusal;
  if (socketId === null && client === null && address === null) return null;
  const connection = `/apps/${encodeURIComponent(appId)}/connections/${encodeURIComponent(socketId ?? "")}`;
  return (
    <Fact name="Who">
      {client !== null && <span>{client}</span>}
      {address !== null && <code>{address}</code>}
      {socketId !== null && (
        <Link href={connection}>
          <code>{socketId}</code>
        </Link>
      )}
    </Fact>
  );
}

function kindOf(operation: string): SignedKind {
  if (operation === "signin" || operation === "message") return "user";
  return operation.startsWith("api ") ? "request" : "channel";
}
