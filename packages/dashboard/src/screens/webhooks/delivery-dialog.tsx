import { type DeliveryDetail, useDelivery, useReplayDelivery, type Webhook } from "../../api/webhooks.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy.tsx";
import { Dialog, DialogActions } from "../../ui/dialog.tsx";
import { Fact, Facts } from "../../ui/facts.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { Ago } from "../../ui/time.tsx";
import { say, sayFailed } from "../../ui/toasts.tsx";
import { failureInWords } from "./attempt-words.ts";
import { DeliveryBadge } from "./delivery-badge.tsx";
import { Response } from "./test-dialog.tsx";
import classes from "./webhooks.module.css";

interface DeliveryDialogProps {
  readonly appId: string;
  readonly webhook: Webhook;
  readonly deliveryId: string;
  readonly mayChange: boolean;
  readonly close: () => void;
}

/** One delivery with each time that it was sent, and what came back. */
export function DeliveryDialog({ appId, webhook, deliveryId, mayChange, close }: DeliveryDialogProps) {
  const delivery = useDelivery(appId, webhook.id, deliveryId);
  const replay = useReplayDelivery(appId, webhook.id);
  const send = () =>
    replay.mutate(deliveryId, {
      onSuccess: () => {
        say("Owed anew", "As a new delivery of the same event, after whatever is owed already.");
        close();
      },
      onError: sayFailed,
    });
  return (
    <Dialog title="Delivery" isOpen close={close} isWide>
      <Loaded query={delivery}>{(detail) => <Detail webhook={webhook} delivery={detail} />}</Loaded>
      <DialogActions>
        <Button onClick={close}>Close</Button>
        {mayChange && delivery.data && delivery.data.state !== "owed" && (
          <Button kind="primary" disabled={replay.isPending} onClick={send}>
            Send it again
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}

function Detail({ webhook, delivery }: { readonly webhook: Webhook; readonly delivery: DeliveryDetail }) {
  const { id, event_id, state, event, created_at, next_try_at, finished_at, log } = delivery;
  return (
    <>
      <Facts>
        <Fact name="State">
          <DeliveryBadge state={state} />
          {finished_at !== null && <Ago at={finished_at} />}
          {next_try_at !== null && (
            <span>
              next try <Ago at={next_try_at} />
            </span>
          )}
        </Fact>
        <Fact name="Event">
          {event.name} on <code>{event.channel}</code>
        </Fact>
        <Fact name="Made">
          <Ago at={created_at} />
        </Fact>
        <Fact name="Event id">
          <code>{event_id}</code>
          <CopyButton text={event_id} what="the event id" />
        </Fact>
        <Fact name="Delivery id">
          <code>{id}</code>
          <CopyButton text={id} what="the delivery id" />
        </Fact>
      </Facts>
      <h3>What is sent</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard. */}
      <pre tabIndex={0}>
        <code>{requestText(webhook, delivery)}</code>
      </pre>
      <h3>What came back</h3>
      {log.length === 0 ? (
        <p className="quiet">It was not sent yet.</p>
      ) : (
        <ol className={classes.attempts}>
          {log.map((attempt) => (
            <li key={attempt.at} data-taken={attempt.error === null}>
              <div className={classes.attemptHead}>
                <Badge tone={attempt.error === null ? "good" : "bad"}>
                  {attempt.status ?? attempt.error ?? ""}
                </Badge>
                <span>
                  <Ago at={attempt.at} />, {attempt.error === null ? "taken" : failureInWords(attempt.error)}{" "}
                  after {attempt.duration_ms} ms
                </span>
                {attempt.next_try_at !== null && (
                  <span className="quiet">
                    tried again <Ago at={attempt.next_try_at} />
                  </span>
                )}
              </div>
              {attempt.response && <Response text={attempt.response} />}
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

/** The request as its server reads it. What signs it is worked out anew each time. */
function requestText(webhook: Webhook, { event_id, event, created_at }: DeliveryDetail): string {
  const headers = [
    "Content-Type: application/json",
    "X-Pusher-Key: the app's key",
    "X-Pusher-Signature: HMAC-SHA256 of the body",
    `X-Usher-Event-Id: ${event_id}`,
    ...webhook.header_names.map((name) => `${name}: ...`),
  ];
  const body = `{"time_ms":${Date.parse(created_at)},"events":[${JSON.stringify(event)}]}`;
  return [`POST ${webhook.url}`, ...headers, "", body].join("\n");
}
