import { useState } from "react";
import {
  useTestWebhook,
  WEBHOOK_EVENT_TYPES,
  type Webhook,
  type WebhookEventType,
} from "../../api/webhooks.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog, DialogActions } from "../../ui/dialog.tsx";
import { SelectField } from "../../ui/field.tsx";
import { Failed } from "../../ui/state.tsx";
import { resultInWords } from "./attempt-words.ts";
import classes from "./webhooks.module.css";

interface TestDialogProps {
  readonly appId: string;
  readonly webhook: Webhook;
  readonly close: () => void;
}

/** Sends one made-up event, at once and once, and shows what came back. */
export function TestDialog({ appId, webhook, close }: TestDialogProps) {
  const [type, setType] = useState<WebhookEventType>("channel_occupied");
  const test = useTestWebhook(appId, webhook.id);
  return (
    <Dialog title="Send a test" isOpen close={close}>
      <p>
        One event about the channel <code>usher-webhook-test</code>, signed as any other, at once and once,
        whether the endpoint is enabled or not.
      </p>
      <SelectField
        label="Event"
        value={type}
        onChange={({ target: { value } }) =>
          setType(WEBHOOK_EVENT_TYPES.find((each) => each === value) ?? "channel_occupied")
        }
      >
        {WEBHOOK_EVENT_TYPES.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </SelectField>
      {test.error && <Failed error={test.error} />}
      {test.data && (
        <div className={classes.result} data-taken={test.data.error === null} role="status">
          <strong>{test.data.error === null ? "It was taken" : "It was not taken"}</strong>
          <p>{resultInWords(test.data)}</p>
          {test.data.response && <Response text={test.data.response} />}
        </div>
      )}
      <DialogActions>
        <Button onClick={close}>Close</Button>
        <Button kind="primary" disabled={test.isPending} onClick={() => test.mutate(type)}>
          {test.isPending ? "Waiting for the answer" : "Send it"}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

/** How an answer begins. */
export function Response({ text }: { readonly text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard.
    <pre tabIndex={0}>
      <code>{text}</code>
    </pre>
  );
}
