import { type FormEvent, useState } from "react";
import { type EndpointQuestion, useCheckEndpoint } from "../../api/doctor.ts";
import { Button } from "../../ui/button.tsx";
import { TextArea, TextField } from "../../ui/field.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Failed, Loading } from "../../ui/state.tsx";
import classes from "./doctor.module.css";
import { EndpointFindings } from "./endpoint-findings.tsx";

const EMPTY = { url: "", userAuthUrl: "", channels: "", denied: "", headers: "", origin: "" };

/** Asks a live endpoint what pusher-js would ask. */
export function AskEndpoint({ appId }: { readonly appId: string }) {
  const check = useCheckEndpoint(appId);
  const [form, setForm] = useState(EMPTY);
  const [problem, setProblem] = useState<string | undefined>();
  const change = (name: keyof typeof EMPTY) => (event: { readonly target: { readonly value: string } }) => {
    setForm((before) => ({ ...before, [name]: event.target.value }));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const headers = headersOf(form.headers);
    setProblem(headers === undefined ? "Write each as Name: value, on a line of its own." : undefined);
    if (headers) check.mutate(questionOf(form, headers));
  };
  return (
    <>
      <Panel title="Ask a live endpoint">
        <form className={classes.form} onSubmit={submit}>
          <TextField
            label="Address of the endpoint"
            hint="This server sends the requests that pusher-js would send, and some that an attacker would."
            type="url"
            placeholder="https://shop.example.com/pusher/auth"
            required
            value={form.url}
            onChange={change("url")}
          />
          <div className={classes.more}>
            <TextField
              label="Channels that the user may join"
              placeholder="private-user-10, presence-room-7"
              required
              value={form.channels}
              onChange={change("channels")}
            />
            <TextField
              label="Channels that they must not join"
              hint="If you name one, the check says whether it is refused."
              placeholder="private-user-11"
              value={form.denied}
              onChange={change("denied")}
            />
          </div>
          <TextArea
            label="Headers of a signed-in user"
            hint="A session's cookie or a token, of a user made for tests. They are sent to the endpoint and not kept."
            className="code"
            rows={3}
            spellCheck={false}
            autoComplete="off"
            placeholder={"Cookie: session=...\nX-CSRF-Token: ..."}
            problem={problem}
            value={form.headers}
            onChange={change("headers")}
          />
          <div className={classes.more}>
            <TextField
              label="Origin of the page"
              hint="Only when the page is not on the endpoint's own origin."
              placeholder="https://app.example.com"
              value={form.origin}
              onChange={change("origin")}
            />
            <TextField
              label="Address for sign-ins"
              hint="Only when pusher.signin() is used."
              type="url"
              placeholder="https://shop.example.com/pusher/user-auth"
              value={form.userAuthUrl}
              onChange={change("userAuthUrl")}
            />
          </div>
          <div>
            <Button type="submit" kind="primary" disabled={check.isPending}>
              {check.isPending ? "Asking…" : "Ask the endpoint"}
            </Button>
          </div>
        </form>
      </Panel>
      {check.isPending && <Loading rows={3} />}
      {check.error && <Failed error={check.error} />}
      {check.data && !check.isPending && <EndpointFindings report={check.data} />}
    </>
  );
}

function questionOf(form: typeof EMPTY, headers: Readonly<Record<string, string>>): EndpointQuestion {
  const userAuthUrl = form.userAuthUrl.trim();
  const origin = form.origin.trim().replace(/\/$/, "");
  return {
    url: form.url.trim(),
    channels: namesIn(form.channels),
    denied: namesIn(form.denied),
    headers,
    ...(userAuthUrl !== "" && { user_auth_url: userAuthUrl }),
    ...(origin !== "" && { origin }),
  };
}

function namesIn(text: string): readonly string[] {
  return text.split(/[\s,]+(?=private-|presence-)|\s+/).filter(Boolean);
}

/** Undefined where a line is no header. */
function headersOf(text: string): Readonly<Record<string, string>> | undefined {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const pairs = lines.map((line) => /^\s*([^\s:]+):\s*(.*?)\s*$/.exec(line));
  if (pairs.includes(null)) return undefined;
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? "", pair?.[2] ?? ""]));
}
