import { useState } from "react";
import { Link } from "wouter";
import { ApiError } from "../../api/api-error.ts";
import { type ChannelDetail, useChannel } from "../../api/channels.ts";
import { useMay } from "../../api/session.ts";
import { Button, buttonClass } from "../../ui/button.tsx";
import { ChannelKind, kindOf } from "../../ui/channel-kind.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { counted, whole } from "../../ui/numbers.ts";
import { Page } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { Ago } from "../../ui/time.tsx";
import { ConnectionList } from "../connections/connection-list.tsx";
import { TakeBackDialog } from "../grants/take-back-dialog.tsx";
import type { ScreenProps } from "../screens.ts";
import classes from "./channels.module.css";
import { Members } from "./members.tsx";
import { PastEvents } from "./past-events.tsx";

/** One channel: who is on it, what it keeps, and what can be done about it. */
export function ChannelPage({ params }: ScreenProps) {
  const appId = params.id ?? "";
  const name = params.channel ?? "";
  const channel = useChannel(appId, name);
  const { title } = kindOf(name);
  const base = `/apps/${encodeURIComponent(appId)}`;
  const lead = (
    <span className={classes.trail}>
      <ChannelKind name={name} />
      <Link href={`${base}/channels`}>All channels</Link>
    </span>
  );
  const isVacant = channel.error instanceof ApiError && channel.error.code === "channel_not_found";
  return (
    <Page title={name} lead={lead} actions={<Actions appId={appId} name={name} />}>
      {isVacant ? (
        <EmptyState title="Nobody is on this channel">
          <p>It is here as long as somebody is. This page keeps looking, and shows it when they come.</p>
        </EmptyState>
      ) : (
        <Loaded query={channel} rows={4}>
          {(data) => (
            <>
              <Panel title="Now">
                <Now channel={data} />
              </Panel>
              {title === "presence" && <Members appId={appId} channel={name} />}
              <Panel title="Who is connected">
                <ConnectionList appId={appId} filter={{ channel: name }} />
              </Panel>
              <PastEvents appId={appId} channel={name} />
            </>
          )}
        </Loaded>
      )}
    </Page>
  );
}

function Now({ channel }: { readonly channel: ChannelDetail }) {
  const { name, subscription_count, user_count, cached } = channel;
  return (
    <dl className={classes.figures}>
      <div>
        <dt>Connections</dt>
        <dd>
          <strong>{whole(subscription_count)}</strong>
        </dd>
      </div>
      {user_count !== null && (
        <div>
          <dt>Users</dt>
          <dd>
            <strong>{whole(user_count)}</strong>
          </dd>
        </div>
      )}
      {kindOf(name).isCache && (
        <div>
          <dt>Cache</dt>
          <dd>
            {cached ? (
              <>
                <code>{cached.event}</code> with {counted(cached.size, "character")}, forgotten{" "}
                <Ago at={cached.expires_at} />
              </>
            ) : (
              "Empty: whoever joins gets pusher:cache_miss"
            )}
          </dd>
        </div>
      )}
    </dl>
  );
}

function Actions({ appId, name }: { readonly appId: string; readonly name: string }) {
  const [isOpen, setOpen] = useState(false);
  const mayChange = useMay("operator");
  const { title } = kindOf(name);
  const console = `/apps/${encodeURIComponent(appId)}/console`;
  const isGranted = title !== "public" && title !== "user";
  return (
    <>
      <Link className={buttonClass()} href={`${console}?query=${encodeURIComponent(`channel:${name}`)}`}>
        Watch it in the console
      </Link>
      {mayChange && (
        <Link className={buttonClass()} href={`${console}?create=1&channel=${encodeURIComponent(name)}`}>
          Send an event
        </Link>
      )}
      {mayChange && isGranted && (
        <Button kind="danger" onClick={() => setOpen(true)}>
          Take grants back
        </Button>
      )}
      <TakeBackDialog
        appId={appId}
        title="Take back the grants for this channel"
        about={{ channel: name }}
        kinds={["now", "not_before"]}
        isOpen={isOpen}
        close={() => setOpen(false)}
      />
    </>
  );
}
