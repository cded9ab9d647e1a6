import { Link } from "wouter";
import { type ConnectionDetail, isEnded, useConnection } from "../../api/connections.ts";
import { CopyButton } from "../../ui/copy.tsx";
import { Fact, Facts } from "../../ui/facts.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { Page } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { Ago } from "../../ui/time.tsx";
import type { ScreenProps } from "../screens.ts";
import { ConnectionActions } from "./connection-actions.tsx";
import classes from "./connections.module.css";
import { GrantList } from "./grant-list.tsx";
import { Timeline } from "./timeline.tsx";

const BYTES = new Intl.NumberFormat(undefined, { style: "unit", unit: "byte", unitDisplay: "long" });

/** One connection: where it comes from, what it was granted and by which secret, and what happens on it. */
export function ConnectionPage({ params }: ScreenProps) {
  const appId = params.id ?? "";
  const socketId = params.socket ?? "";
  const connection = useConnection(appId, socketId);
  const hasEnded = isEnded(connection.error);
  const lead = (
    <span className={classes.trail}>
      <Link href={`/apps/${encodeURIComponent(appId)}/connections`}>All connections</Link>
    </span>
  );
  const actions = connection.data && !hasEnded && (
    <ConnectionActions appId={appId} connection={connection.data} />
  );
  return (
    <Page title={`Connection ${socketId}`} lead={lead} actions={actions}>
      {hasEnded && connection.data === undefined ? (
        <EmptyState title="This connection is not open">
          <p>
            It has ended, or is on another server. A client that comes back has a new socket id: look for its
            user among <Link href={`/apps/${encodeURIComponent(appId)}/connections`}>the open ones</Link>.
          </p>
        </EmptyState>
      ) : (
        <Loaded query={connection} rows={8}>
          {(data) => (
            <>
              {hasEnded && (
                <p className={classes.ended} role="status">
                  <strong>This connection has ended.</strong> What follows is what was known of it last.
                </p>
              )}
              <Panel title="Handshake">
                <Handshake connection={data} />
              </Panel>
              <Panel title="What it was granted">
                <GrantList appId={appId} connection={data} hasEnded={hasEnded} />
              </Panel>
              <Panel title="Timeline, since you opened this page">
                <Timeline appId={appId} socketId={socketId} />
              </Panel>
            </>
          )}
        </Loaded>
      )}
    </Page>
  );
}

function Handshake({ connection }: { readonly connection: ConnectionDetail }) {
  const { socket_id, key, user_id, client, address, origin, protocol, is_tls } = connection;
  const { connected_at, last_activity_at, buffered_bytes } = connection;
  return (
    <Facts>
      <Fact name="User">
        {user_id === null ? "Not signed in, and a member of nothing" : <code>{user_id}</code>}
      </Fact>
      <Fact name="Client">
        {client}, protocol {protocol ?? "unknown"}
      </Fact>
      <Fact name="Address">{address === null ? "Not known" : <code>{address}</code>}</Fact>
      <Fact name="Page">{origin === null ? "None: not a browser" : <code>{origin}</code>}</Fact>
      <Fact name="TLS">{is_tls ? "Yes" : "No, or ended before this server"}</Fact>
      <Fact name="Key">
        <code>{key}</code>
        <CopyButton text={key} what="the key" />
      </Fact>
      <Fact name="Socket id">
        <code>{socket_id}</code>
        <CopyButton text={socket_id} what="the socket id" />
      </Fact>
      <Fact name="Connected">
        <Ago at={connected_at} />
      </Fact>
      <Fact name="Last heard of">
        <Ago at={last_activity_at} />
      </Fact>
      <Fact name="Waiting to be sent">{buffered_bytes === 0 ? "Nothing" : BYTES.format(buffered_bytes)}</Fact>
    </Facts>
  );
}
