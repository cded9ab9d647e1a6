import {
  type CandidateSecret,
  explainPaste,
  type PasteExplanation,
  type PasteSubject,
  shortSignature,
  type TrialLimits,
  withoutSecrets,
} from "@usher/protocol/explain";
import {
  type CheckedRequest,
  checkEndpoint,
  type EndpointToCheck,
} from "../endpoint-check/check-endpoint.ts";
import { explainOptions } from "../endpoint-check/explain-options.ts";
import { fingerprintOf } from "../store/vault.ts";
import { AddressForbidden, type GuardedInit } from "../webhooks/guarded-request.ts";

export interface DoctorOptions {
  readonly secrets: () => readonly CandidateSecret[];
  /** Connections of an app that came or went last, the latest first. */
  readonly recentSocketIds: (appId: string) => readonly string[];
  /** Guarded: an endpoint's address comes from whoever asks. */
  readonly send: (url: URL, init: GuardedInit) => Promise<Response>;
}

/** What somebody pasted, and what they know besides. */
export interface Pasted {
  readonly text: string;
  /** In place of what the paste tells. Throws where both say nothing. */
  readonly socketIdOf: (pasted: string | undefined) => string;
  readonly subjectOf: (pasted: string | undefined) => PasteSubject;
}

/** What a person asks for; the rest is the server's to know. */
export type EndpointQuestion = Omit<EndpointToCheck, "appId" | "secrets" | "limits" | "timeoutMs">;

export type EndpointAnswer =
  | { readonly kind: "checked"; readonly requests: readonly CheckedRequest[] }
  /** As many are asked as may be at once. */
  | { readonly kind: "busy" }
  | { readonly kind: "forbidden"; readonly message: string };

// Somebody waits for the answer, so that it may cost more than what explains refusals in passing. It still keeps
// connections waiting, for some milliseconds at most.
const TRIAL_LIMITS: TrialLimits = { maxHmacs: 1_000, maxCharacters: 4_000_000 };

const MOST_AT_ONCE = 4;
const REQUEST_TIMEOUT_MS = 5_000;
const WHOLE_TIMEOUT_MS = 25_000;

/** Finds out for operators what is wrong with a signature or with an endpoint. What it says holds no secret. */
export class Doctor {
  readonly #options: DoctorOptions;
  #running = 0;

  constructor(options: DoctorOptions) {
    this.#options = options;
  }

  explain(appId: string, { text, socketIdOf, subjectOf }: Pasted): PasteExplanation {
    const secrets = this.#options.secrets();
    return explainPaste(text, {
      key: secrets.find((secret) => secret.appId === appId)?.key ?? "",
      appIdOf: () => appId,
      socketIdOf,
      subjectOf,
      otherSocketIds: this.#options.recentSocketIds(appId),
      otherChannels: [],
      pathPrefixes: [],
      sentAtSeconds: undefined,
      optionsFor: (of) => explainOptions(secrets, of, TRIAL_LIMITS),
    });
  }

  /** Asks an endpoint what pusher-js would ask, within half a minute. Never rejects for what the endpoint does. */
  async checkEndpoint(appId: string, question: EndpointQuestion): Promise<EndpointAnswer> {
    if (this.#running >= MOST_AT_ONCE) return { kind: "busy" };
    this.#running++;
    const whole = AbortSignal.timeout(WHOLE_TIMEOUT_MS);
    let forbidden: AddressForbidden | undefined;
    try {
      const requests = await checkEndpoint(
        {
          ...question,
          appId,
          secrets: this.#options.secrets(),
          limits: TRIAL_LIMITS,
          timeoutMs: REQUEST_TIMEOUT_MS,
        },
        async (url, { method, headers, body, signal }) => {
          const both = AbortSignal.any([signal, whole]);
          try {
            return await this.#options.send(new URL(url), { method, headers, body, signal: both });
          } catch (error) {
            if (error instanceof AddressForbidden) forbidden = error;
            throw error;
          }
        },
      );
      return forbidden ? { kind: "forbidden", message: forbidden.message } : { kind: "checked", requests };
    } finally {
      this.#running--;
    }
  }

  /** Of a known secret, by its id; undefined for one that is not known any more. */
  fingerprintOf(secretId: string): string | undefined {
    const secret = this.#options.secrets().find(({ id }) => id === secretId);
    return secret && fingerprintOf(secret.value);
  }

  /** A text from elsewhere, such as what an endpoint said, with every secret taken out and signatures shortened. */
  withoutSecrets(text: string): string {
    const clean = withoutSecrets(text, this.#options.secrets());
    return clean.replace(/[0-9a-f]{64}/gi, (digest) => shortSignature(digest));
  }
}
