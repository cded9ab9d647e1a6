import { type FormEvent, useState } from "react";
import {
  useCreateWebhook,
  useUpdateWebhook,
  WEBHOOK_EVENT_TYPES,
  type Webhook,
  type WebhookEventType,
} from "../../api/webhooks.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog, DialogActions } from "../../ui/dialog.tsx";
import { TextArea, TextField } from "../../ui/field.tsx";
import { Failed } from "../../ui/state.tsx";
import { type EndpointForm, fieldsOf, formOf, headersOf } from "./endpoint-form.ts";
import classes from "./webhooks.module.css";

interface EndpointDialogProps {
  readonly appId: string;
  /** The one to change; undefined for a new one. */
  readonly webhook: Webhook | undefined;
  readonly close: () => void;
}

/** Adds an endpoint, or changes one. */
export function EndpointDialog({ appId, webhook, close }: EndpointDialogProps) {
  const [form, setForm] = useState(() => formOf(webhook));
  const create = useCreateWebhook(appId);
  const update = useUpdateWebhook(appId, webhook?.id ?? "");
  const save = webhook ? update : create;
  const change = (changes: Partial<EndpointForm>) => setForm({ ...form, ...changes });
  const areHeadersGood = !form.replacesHeaders || headersOf(form.headers) !== undefined;
  const isComplete =
    URL.canParse(form.url) && (form.takesAll || form.eventTypes.length > 0) && areHeadersGood;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(fieldsOf(form), { onSuccess: close });
  };
  return (
    <Dialog title={webhook ? "Edit the endpoint" : "Add an endpoint"} isOpen close={close}>
      <form className={classes.form} onSubmit={submit}>
        <TextField
          label="Address"
          type="url"
          required
          value={form.url}
          placeholder="https://example.com/webhooks"
          autoComplete="off"
          hint={
            webhook?.from_config
              ? "The server's configuration (webhook_url) sets it again at the next start."
              : undefined
          }
          onChange={(event) => change({ url: event.target.value })}
        />
        <EventTypes form={form} change={change} />
        <div className={classes.formRow}>
          <TextField
            label="Channels that begin with"
            value={form.channelPrefix}
            placeholder="all"
            autoComplete="off"
            onChange={(event) => change({ channelPrefix: event.target.value })}
          />
          <TextField
            label="and end with"
            value={form.channelSuffix}
            placeholder="anything"
            autoComplete="off"
            onChange={(event) => change({ channelSuffix: event.target.value })}
          />
        </div>
        <Headers webhook={webhook} form={form} isGood={areHeadersGood} change={change} />
        <Check
          title="Several events in one request"
          about="Up to 100, or what comes within 100 ms. For busy channels."
          isOn={form.batching}
          change={(batching) => change({ batching })}
        />
        {save.error && <Failed error={save.error} />}
        <DialogActions>
          <Button onClick={close}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={!isComplete || save.isPending}>
            {webhook ? "Save" : "Add it"}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

interface PartProps {
  readonly form: EndpointForm;
  readonly change: (changes: Partial<EndpointForm>) => void;
}

function EventTypes({ form, change }: PartProps) {
  const toggle = (type: WebhookEventType) =>
    change({
      eventTypes: form.eventTypes.includes(type)
        ? form.eventTypes.filter((other) => other !== type)
        : [...form.eventTypes, type],
    });
  return (
    <fieldset className={classes.types}>
      <legend>Events</legend>
      <Check
        title="All, those of later versions included"
        isOn={form.takesAll}
        change={(takesAll) => change({ takesAll })}
      />
      {!form.takesAll &&
        WEBHOOK_EVENT_TYPES.map((type) => (
          <Check key={type} title={type} isOn={form.eventTypes.includes(type)} change={() => toggle(type)} />
        ))}
    </fieldset>
  );
}

interface HeadersProps extends PartProps {
  readonly webhook: Webhook | undefined;
  readonly isGood: boolean;
}

function Headers({ webhook, form, isGood, change }: HeadersProps) {
  const names = webhook?.header_names ?? [];
  return (
    <>
      {names.length > 0 && (
        <Check
          title={`Replace its headers (${names.join(", ")})`}
          about="Their values are not shown again. Without this they stay."
          isOn={form.replacesHeaders}
          change={(replacesHeaders) => change({ replacesHeaders })}
        />
      )}
      {form.replacesHeaders && (
        <TextArea
          label="Headers of your own"
          className="code"
          rows={3}
          spellCheck={false}
          placeholder="X-Environment: staging"
          hint="One in each line. They are stored as they are."
          problem={isGood ? undefined : "Each line needs a name, a colon and a value"}
          value={form.headers}
          onChange={(event) => change({ headers: event.target.value })}
        />
      )}
    </>
  );
}

interface CheckProps {
  readonly title: string;
  readonly about?: string;
  readonly isOn: boolean;
  readonly change: (isOn: boolean) => void;
}

function Check({ title, about, isOn, change }: CheckProps) {
  return (
    <label className={classes.check}>
      <input type="checkbox" checked={isOn} onChange={(event) => change(event.target.checked)} />
      <span>
        {title}
        {about && <span className="quiet"> {about}</span>}
      </span>
    </label>
  );
}
