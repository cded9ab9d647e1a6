import { useState } from "react";
import { useLocation } from "wouter";
import { isAtLeast, useSession } from "../../api/session.ts";
import { useWebhook, type Webhook } from "../../api/webhooks.ts";
import { Button } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy.tsx";
import { Fact, Facts } from "../../ui/facts.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { whole } from "../../ui/numbers.ts";
import { Page } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Ago } from "../../ui/time.tsx";
import type { ScreenProps } from "../screens.ts";
import { resultInWords } from "./attempt-words.ts";
import { DeliveryLog } from "./delivery-log.tsx";
import { EndpointActions } from "./endpoint-actions.tsx";
import { choiceInWords } from "./endpoint-card.tsx";
import { EndpointState } from "./endpoint-state.tsx";
import { TestDialog } from "./test-dialog.tsx";
import { VerifySnippets } from "./verify-snippets.tsx";

/** One endpoint: how it fares, what it was sent, and how its server believes it. */
export function WebhookPage({ params }: ScreenProps) {
  const { id: appId = "", webhook: webhookId = "" } = params;
  const webhook = useWebhook(appId, webhookId);
  const role = useSession().data?.principal.role;
  const mayChange = isAtLeast(role, "operator");
  return (
    <Page
      title="Webhook endpoint"
      lead={webhook.data?.url}
      actions={mayChange && webhook.data && <TestButton appId={appId} webhook={webhook.data} />}
    >
      <Loaded query={webhook} rows={6}>
        {(endpoint) => (
          <>
            <Endpoint appId={appId} webhook={endpoint} mayChange={mayChange} />
            <DeliveryLog key={endpoint.id} appId={appId} webhook={endpoint} mayChange={mayChange} />
            <VerifySnippets />
          </>
        )}
      </Loaded>
    </Page>
  );
}

interface EndpointProps {
  readonly appId: string;
  readonly webhook: Webhook;
  readonly mayChange: boolean;
}

function Endpoint({ appId, webhook, mayChange }: EndpointProps) {
  const [, navigate] = useLocation();
  const { id, owed, dead, last_attempt, failing_since, disabled_reason, header_names } = webhook;
  const leave = () => navigate(`/apps/${encodeURIComponent(appId)}/webhooks`);
  return (
    <Panel
      title="How it fares"
      actions={mayChange && <EndpointActions appId={appId} webhook={webhook} afterDelete={leave} />}
    >
      <Facts>
        <Fact name="Now">
          <EndpointState webhook={webhook} />
          {failing_since !== null && (
            <span>
              since <Ago at={failing_since} />
            </span>
          )}
          {disabled_reason !== null && <span>{disabled_reason}</span>}
        </Fact>
        <Fact name="Last request">
          {last_attempt ? (
            <span>
              <Ago at={last_attempt.at} />: {resultInWords(last_attempt)}
            </span>
          ) : (
            "none yet"
          )}
        </Fact>
        <Fact name="Owed">{whole(owed)}</Fact>
        <Fact name="Dead">{whole(dead)}</Fact>
        <Fact name="Gets">{choiceInWords(webhook)}</Fact>
        {header_names.length > 0 && <Fact name="Own headers">{header_names.join(", ")}</Fact>}
        <Fact name="Id">
          <code>{id}</code>
          <CopyButton text={id} what="the endpoint's id" />
        </Fact>
      </Facts>
    </Panel>
  );
}

function TestButton({ appId, webhook }: Omit<EndpointProps, "mayChange">) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button kind="primary" onClick={() => setOpen(true)}>
        Send a test
      </Button>
      {isOpen && <TestDialog appId={appId} webhook={webhook} close={() => setOpen(false)} />}
    </>
  );
}
