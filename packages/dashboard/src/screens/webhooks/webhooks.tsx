import { useState } from "react";
import { isAtLeast, useSession } from "../../api/session.ts";
import { useWebhooks } from "../../api/webhooks.ts";
import { Button } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { Page } from "../../ui/page.tsx";
import { EmptyState } from "../../ui/state.tsx";
import type { ScreenProps } from "../screens.ts";
import { EndpointCard } from "./endpoint-card.tsx";
import { EndpointDialog } from "./endpoint-dialog.tsx";
import classes from "./webhooks.module.css";

/** Where an app's webhooks go, and how each place fares. */
export function Webhooks({ params }: ScreenProps) {
  const appId = params.id ?? "";
  const [isAdding, setAdding] = useState(false);
  const webhooks = useWebhooks(appId);
  const role = useSession().data?.principal.role;
  const mayChange = isAtLeast(role, "operator");
  const add = mayChange ? () => setAdding(true) : undefined;
  return (
    <Page
      title="Webhooks"
      lead="Usher tells your server who comes and goes. What is owed is kept on disk and sent until it is taken."
      actions={
        add && (
          <Button kind="primary" onClick={add}>
            Add an endpoint
          </Button>
        )
      }
    >
      <Loaded query={webhooks}>
        {({ items }) =>
          items.length === 0 ? (
            <NoWebhooks appId={appId} add={add} />
          ) : (
            <ul className={classes.cards}>
              {items.map((webhook) => (
                <EndpointCard key={webhook.id} appId={appId} webhook={webhook} mayChange={mayChange} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {isAdding && <EndpointDialog appId={appId} webhook={undefined} close={() => setAdding(false)} />}
    </Page>
  );
}

function NoWebhooks({ appId, add }: { readonly appId: string; readonly add: (() => void) | undefined }) {
  const command = `usher webhooks add --app ${appId} https://example.com/webhooks`;
  return (
    <EmptyState title="This app has no endpoint yet">
      <p>An endpoint is an address of your server that takes a signed POST for each event.</p>
      {add && <Button onClick={add}>Add an endpoint</Button>}
      <div className={classes.command}>
        <code>{command}</code>
        <CopyButton text={command} what="the command" />
      </div>
    </EmptyState>
  );
}
