import { parseQuery, queryValue } from "../http-signature.ts";
import { explain } from "./explain.ts";
import { explainAnswer } from "./explain-answer.ts";
import type { ExplainOptions } from "./explain-options.ts";
import type { Explanation } from "./explanation.ts";
import { keyOf } from "./key-of.ts";
import type { FrameReading } from "./read-frame.ts";
import { type PastedRequest, readPaste } from "./read-paste.ts";
import type { Refusal } from "./refusal.ts";
import { USUAL_PATH_PREFIXES } from "./request-texts.ts";

/** What a paste is about, where it does not say so itself. */
export type PasteSubject =
  | { readonly kind: "channel"; readonly socketId: string; readonly channel: string }
  | { readonly kind: "user"; readonly socketId: string };

/** What somebody who pastes knows besides. The functions throw where that is not enough. */
export interface PasteContext {
  /** Put in front of a signature that the paste shows without its key. */
  readonly key: string;
  /** The app that a frame or an answer is for. @param key that stands in it. */
  readonly appIdOf: (key: string | undefined) => string | undefined;
  /** The connection that a frame is from. @param pasted the one that the paste tells of. */
  readonly socketIdOf: (pasted: string | undefined) => string;
  /** What an endpoint was asked for whose answer was pasted. @param pasted as above. */
  readonly subjectOf: (pasted: string | undefined) => PasteSubject;
  readonly otherSocketIds: readonly string[];
  readonly otherChannels: readonly string[];
  /** Besides the usual ones. */
  readonly pathPrefixes: readonly string[];
  /** When a pasted request was sent, in seconds since 1970; undefined where its age is no fault. */
  readonly sentAtSeconds: number | undefined;
  /** @param of what is refused. */
  readonly optionsFor: (of: {
    readonly appId: string | undefined;
    readonly key: string | undefined;
  }) => ExplainOptions;
}

export interface PasteExplanation {
  readonly kind: Refusal["kind"];
  /** The paste was an endpoint's answer, not what a client or server sent to Usher. */
  readonly isAnswer: boolean;
  readonly explanation: Explanation;
}

/** Recognises what was pasted and says what is wrong with it. Throws nothing of its own. */
export function explainPaste(text: string, context: PasteContext): PasteExplanation {
  const paste = readPaste(text, context.key);
  switch (paste.kind) {
    case "request":
      return { kind: "request", isAnswer: false, explanation: explainRequest(paste.request, context) };
    case "frame": {
      const { frame } = paste;
      const socketId = context.socketIdOf(paste.socketId);
      return { kind: frame.kind, isAnswer: false, explanation: explainFrame(frame, socketId, context) };
    }
    case "answer": {
      const subject = context.subjectOf(paste.socketId);
      return { kind: subject.kind, isAnswer: true, explanation: explainBody(text, subject, context) };
    }
  }
}

function explainRequest(
  { method, path, rawQuery, body }: PastedRequest,
  { pathPrefixes, sentAtSeconds, optionsFor }: PasteContext,
): Explanation {
  const appId = /\/apps\/([^/?]+)/.exec(path)?.[1];
  const key = queryValue(parseQuery(rawQuery), "auth_key");
  return explain(
    {
      kind: "request",
      appId,
      method,
      path,
      rawQuery,
      body: body === undefined ? undefined : new TextEncoder().encode(body),
      nowSeconds: sentAtSeconds,
      windowSeconds: WINDOW_SECONDS,
      pathPrefixes: [...pathPrefixes, ...USUAL_PATH_PREFIXES],
    },
    optionsFor({ appId, key }),
  );
}

/** How old a request may be, as Pusher has it. */
const WINDOW_SECONDS = 600;

function explainFrame(frame: FrameReading, socketId: string, context: PasteContext): Explanation {
  const { appIdOf, otherSocketIds, otherChannels, optionsFor } = context;
  const key = keyOf(frame.auth);
  const appId = appIdOf(key);
  const around = { appId, socketId, otherSocketIds };
  const refusal: Refusal =
    frame.kind === "user"
      ? { ...around, ...frame }
      : { ...around, ...frame, isSignedIn: false, otherChannels };
  return explain(refusal, optionsFor({ appId, key }));
}

function explainBody(text: string, subject: PasteSubject, context: PasteContext): Explanation {
  const { appIdOf, otherSocketIds, otherChannels, optionsFor } = context;
  const key = /"auth"\s*:\s*"([\w-]+):/.exec(text)?.[1];
  const appId = appIdOf(key);
  const around = { appId, otherSocketIds };
  const asked =
    subject.kind === "user"
      ? { ...around, ...subject }
      : { ...around, ...subject, isSignedIn: false, otherChannels };
  return explainAnswer(text, asked, optionsFor({ appId, key }));
}
