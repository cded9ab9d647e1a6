import { useState } from "react";
import { Link } from "wouter";
import type { ConnectionDetail, Signer, Subscription } from "../../api/connections.ts";
import { useMay } from "../../api/session.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { ChannelKind } from "../../ui/channel-kind.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { NUMBER_CELL, Table } from "../../ui/table.tsx";
import { TONES } from "../credentials/secret-tones.ts";
import { TakeBackDialog } from "../grants/take-back-dialog.tsx";
import classes from "./connections.module.css";

const COLUMNS = [{ title: "What" }, { title: "Kind" }, { title: "As" }, { title: "Signed by" }];

interface GrantListProps {
  readonly appId: string;
  readonly connection: ConnectionDetail;
  readonly hasEnded: boolean;
}

/** The sign-in and each subscription, with the secret that let it in. */
export function GrantList({ appId, connection, hasEnded }: GrantListProps) {
  const [chosen, setChosen] = useState("");
  const { socket_id, user, subscriptions } = connection;
  const mayChange = useMay("operator") && !hasEnded;
  if (user === null && subscriptions.length === 0) {
    return (
      <EmptyState title="Nothing yet">
        <p>It is connected, but neither signed in nor on any channel.</p>
      </EmptyState>
    );
  }
  return (
    <>
      <Table
        isStacking
        caption="Grants, with what signed them"
        columns={mayChange ? [...COLUMNS, { title: "Actions", isHidden: true }] : COLUMNS}
      >
        {user && (
          <tr>
            <td>Signed in</td>
            <td>
              <Badge>user</Badge>
            </td>
            <td className={classes.name}>{user.id}</td>
            <td>
              <SignedBy appId={appId} signer={user.signed_by} />
            </td>
            {mayChange && <td />}
          </tr>
        )}
        {subscriptions.map((subscription) => (
          <SubscriptionRow
            key={subscription.channel}
            appId={appId}
            subscription={subscription}
            takeOff={mayChange ? setChosen : undefined}
          />
        ))}
      </Table>
      <TakeBackDialog
        appId={appId}
        title="Take it off the channel"
        about={{ channel: chosen, socketId: socket_id }}
        kinds={["now"]}
        isOpen={chosen !== ""}
        close={() => setChosen("")}
      />
    </>
  );
}

interface SubscriptionRowProps {
  readonly appId: string;
  readonly subscription: Subscription;
  /** Undefined where one may not. */
  readonly takeOff: ((channel: string) => void) | undefined;
}

function SubscriptionRow({ appId, subscription, takeOff }: SubscriptionRowProps) {
  const { channel, user_id, signed_by } = subscription;
  return (
    <tr>
      <td className={classes.name}>
        <Link
          data-row
          className="mono"
          href={`/apps/${encodeURIComponent(appId)}/channels/${encodeURIComponent(channel)}`}
        >
          {channel}
        </Link>
      </td>
      <td>
        <span className={classes.signer}>
          <ChannelKind name={channel} />
        </span>
      </td>
      <td className={classes.name}>{user_id ?? ""}</td>
      <td>
        <SignedBy appId={appId} signer={signed_by} />
      </td>
      {takeOff && (
        <td className={NUMBER_CELL}>
          {signed_by !== null && (
            <Button small onClick={() => takeOff(channel)}>
              Take off<span className="visually-hidden"> {channel}</span>
            </Button>
          )}
        </td>
      )}
    </tr>
  );
}

function SignedBy({ appId, signer }: { readonly appId: string; readonly signer: Signer | null }) {
  if (signer === null) return <span className="quiet">Needs no signature</span>;
  return (
    <span className={classes.signer} title={signer.secret_id}>
      <Link className="mono" href={`/apps/${encodeURIComponent(appId)}/credentials`}>
        {signer.fingerprint ?? signer.secret_id}
      </Link>
      {signer.state ? (
        <Badge tone={TONES[signer.state]}>{signer.state}</Badge>
      ) : (
        <Badge>no longer there</Badge>
      )}
    </span>
  );
}
