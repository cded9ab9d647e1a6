import { type FormEvent, useState } from "react";
import { ApiError } from "../../api/api-error.ts";
import { type Paste, useExplain } from "../../api/doctor.ts";
import { Button } from "../../ui/button.tsx";
import { Choice } from "../../ui/choice.tsx";
import { TextArea, TextField } from "../../ui/field.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Failed } from "../../ui/state.tsx";
import { Diagnosis } from "./diagnosis.tsx";
import classes from "./doctor.module.css";

const LACKING = ["paste_lacks_socket_id", "paste_lacks_channel"];

type Subject = "channel" | "user";

/** Explains whatever somebody has copied from a browser, a log or a terminal. */
export function PasteIn({ appId }: { readonly appId: string }) {
  const explain = useExplain(appId);
  const [pasted, setPasted] = useState("");
  const [socketId, setSocketId] = useState("");
  const [subject, setSubject] = useState<Subject>("channel");
  const [channel, setChannel] = useState("");
  const lack = LACKING.find((code) => explain.error instanceof ApiError && explain.error.code === code);
  const isAskingMore = lack !== undefined || socketId !== "" || channel !== "";
  const isAskingSubject = lack === "paste_lacks_channel" || channel !== "" || subject === "user";

  const submit = (event: FormEvent) => {
    event.preventDefault();
    explain.mutate({
      pasted,
      ...(socketId.trim() !== "" && { socket_id: socketId.trim() }),
      ...(subject === "channel" && channel.trim() !== "" && { channel: channel.trim() }),
      ...(subject === "user" && { user: true }),
    } satisfies Paste);
  };
  return (
    <>
      <Panel title="Paste what you have">
        <form className={classes.form} onSubmit={submit}>
          <TextArea
            label="Frame, log, answer, curl command or address"
            hint="A subscribe or signin frame, the log of pusher-js, what the endpoint answered, the text of an error, a request to the HTTP API. It is looked at once and not kept."
            className="code"
            rows={8}
            spellCheck={false}
            autoComplete="off"
            maxLength={20_000}
            required
            data-filter
            value={pasted}
            onChange={(event) => setPasted(event.target.value)}
          />
          {isAskingMore && (
            <div className={classes.more}>
              <TextField
                label="Socket id"
                hint="Of the connection that it was for; pusher-js has it as pusher.connection.socket_id."
                placeholder="1234.5678"
                value={socketId}
                onChange={(event) => setSocketId(event.target.value)}
              />
              {isAskingSubject && (
                <Choice
                  legend="The endpoint was asked for"
                  options={[
                    { value: "channel", title: "A channel", about: "To join a private or presence channel" },
                    { value: "user", title: "A sign-in", about: "pusher.signin()" },
                  ]}
                  value={subject}
                  change={setSubject}
                />
              )}
              {isAskingSubject && subject === "channel" && (
                <TextField
                  label="Channel"
                  placeholder="private-room"
                  value={channel}
                  onChange={(event) => setChannel(event.target.value)}
                />
              )}
            </div>
          )}
          {lack !== undefined && (
            <p className={classes.note} role="alert">
              {lack === "paste_lacks_socket_id"
                ? "Which connection was it? The paste does not tell; fill in its socket id above."
                : "What was the endpoint asked for? The paste does not tell; fill it in above."}
            </p>
          )}
          <div>
            <Button type="submit" kind="primary" disabled={explain.isPending || pasted.trim() === ""}>
              Explain
            </Button>
          </div>
        </form>
      </Panel>
      {explain.error && lack === undefined && <Failed error={explain.error} />}
      {explain.data && (
        <Diagnosis
          appId={appId}
          kind={explain.data.kind}
          channel={channelIn(explain.data.explanation.string_to_sign)}
          explanation={explain.data.explanation}
        />
      )}
    </>
  );
}

function channelIn(stringToSign: string | null): string | null {
  return /^\d+\.\d+:([^:]+)/.exec(stringToSign ?? "")?.[1] ?? null;
}
