import { type FormEvent, useState } from "react";
import { type GrantsRevoked, useRevokeGrants } from "../../api/grants.ts";
import { Button } from "../../ui/button.tsx";
import { Choice } from "../../ui/choice.tsx";
import { Fact, Facts } from "../../ui/facts.tsx";
import { SelectField, TextField } from "../../ui/field.tsx";
import { Failed } from "../../ui/state.tsx";
import classes from "./grants.module.css";
import {
  BAN_SECONDS,
  consequencesOf,
  isForAll,
  NOTHING,
  requestOf,
  type TakeBack,
  type TakeBackKind,
} from "./take-back.ts";

const KINDS: readonly { readonly value: TakeBackKind; readonly title: string; readonly about: string }[] = [
  {
    value: "now",
    title: "End it now",
    about: "Ends what there is. Whoever your endpoint lets in again may come back.",
  },
  {
    value: "ban",
    title: "Ban a user",
    about: "Keeps a user from signing in and from presence channels, for a time.",
  },
  {
    value: "not_before",
    title: "Nothing from before now",
    about: "Refuses every older signature, so that your changed rules hold for everybody.",
  },
];
const LONGEST_REASON = 200;

interface TakeBackFormProps {
  readonly appId: string;
  /** What it is about, where that is settled; else it is asked for. */
  readonly about?: Partial<Pick<TakeBack, "channel" | "userId" | "socketId">>;
  /** The first is chosen to begin with. */
  readonly kinds?: readonly TakeBackKind[];
  readonly cancel?: () => void;
  readonly done: (revoked: GrantsRevoked) => void;
}

/** Takes grants back, and says before what clients will see of it. */
export function TakeBackForm({
  appId,
  about,
  kinds = ["now", "ban", "not_before"],
  cancel,
  done,
}: TakeBackFormProps) {
  const [taken, setTaken] = useState<TakeBack>({ ...NOTHING, ...about, kind: kinds[0] ?? "now" });
  const [typed, setTyped] = useState("");
  const revoke = useRevokeGrants(appId);
  const request = requestOf(taken);
  const isHeld = request === undefined || revoke.isPending || (isForAll(taken) && typed !== appId);
  const change = (changes: Partial<TakeBack>) => setTaken((before) => ({ ...before, ...changes }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isHeld) return;
    revoke.mutate(request, {
      onSuccess: (revoked) => {
        setTaken((before) => ({ ...NOTHING, ...about, kind: before.kind }));
        setTyped("");
        done(revoked);
      },
    });
  };
  return (
    <form className={classes.form} onSubmit={submit}>
      {kinds.length > 1 && (
        <Choice
          legend="What to do"
          options={KINDS.filter(({ value }) => kinds.includes(value))}
          value={taken.kind}
          change={(kind) => change({ kind })}
        />
      )}
      {about ? <Scope about={about} /> : <ScopeFields taken={taken} change={change} />}
      {taken.kind === "ban" && (
        <SelectField
          label="For how long"
          value={taken.banSeconds}
          onChange={(event) => change({ banSeconds: Number(event.target.value) })}
        >
          {BAN_SECONDS.map(([seconds, title]) => (
            <option key={seconds} value={seconds}>
              {title}
            </option>
          ))}
        </SelectField>
      )}
      {taken.kind !== "not_before" && (
        <TextField
          label="Reason"
          value={taken.reason}
          maxLength={LONGEST_REASON}
          autoComplete="off"
          hint="Their pages get to see it. It may stay empty."
          onChange={(event) => change({ reason: event.target.value })}
        />
      )}
      <section className={classes.consequences} aria-label="What clients will see">
        <h3>What clients will see</h3>
        <ul>
          {consequencesOf(taken).map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      </section>
      {isForAll(taken) && (
        <TextField
          label={`This reaches everybody. Type ${appId} to go on`}
          value={typed}
          autoComplete="off"
          onChange={(event) => setTyped(event.target.value)}
        />
      )}
      {revoke.error && <Failed error={revoke.error} />}
      <div className={classes.formActions}>
        {cancel && <Button onClick={cancel}>Keep things as they are</Button>}
        <Button kind="danger" type="submit" disabled={isHeld}>
          {taken.kind === "ban" ? "Ban the user" : "Take back"}
        </Button>
      </div>
    </form>
  );
}

function Scope({ about }: { readonly about: NonNullable<TakeBackFormProps["about"]> }) {
  const { channel, userId, socketId } = about;
  return (
    <Facts>
      {channel && (
        <Fact name="Channel">
          <code>{channel}</code>
        </Fact>
      )}
      {userId && (
        <Fact name="User">
          <code>{userId}</code>
        </Fact>
      )}
      {socketId && (
        <Fact name="Connection">
          <code>{socketId}</code>
        </Fact>
      )}
    </Facts>
  );
}

interface ScopeFieldsProps {
  readonly taken: TakeBack;
  readonly change: (changes: Partial<TakeBack>) => void;
}

function ScopeFields({ taken, change }: ScopeFieldsProps) {
  const { kind, channel, userId, socketId } = taken;
  return (
    <div className={classes.scope}>
      {kind !== "ban" && (
        <TextField
          label="Channel"
          value={channel}
          autoComplete="off"
          spellCheck={false}
          placeholder="presence-lobby"
          hint="Private or presence; public ones need no grant."
          onChange={(event) => change({ channel: event.target.value.trim() })}
        />
      )}
      <TextField
        label="User id"
        value={userId}
        autoComplete="off"
        spellCheck={false}
        hint={kind === "ban" ? "As your endpoint signs it." : "Signed in, or a member of a presence channel."}
        onChange={(event) => change({ userId: event.target.value })}
      />
      {kind === "now" && (
        <TextField
          label="Socket id"
          value={socketId}
          autoComplete="off"
          spellCheck={false}
          placeholder="1234.5678"
          hint="One connection."
          onChange={(event) => change({ socketId: event.target.value.trim() })}
        />
      )}
      {kind === "now" && <p className="quiet">Give at least one. All that are given must fit.</p>}
    </div>
  );
}
