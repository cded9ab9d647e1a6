/** An app of another server, in our words. */
export interface ImportedApp {
  readonly id: string;
  readonly name: string;
  readonly key: string;
  /** As it was there, so that nobody who signs with it has to change anything. */
  readonly secret: string;
  readonly enabled: boolean;
  /** Settings as people write them, in snake case; only those that differ from our defaults. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly webhooks: readonly ImportedWebhook[];
  /** What is different now, or could not be carried over: one sentence each. */
  readonly remarks: readonly string[];
}

export interface ImportedWebhook {
  readonly url: string;
  readonly eventTypes: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for all channels. */
  readonly channelPrefix: string;
  readonly channelSuffix: string;
}

export interface Imported {
  readonly apps: readonly ImportedApp[];
  /** About the files as a whole. */
  readonly remarks: readonly string[];
}

/** One of the files given, read but not understood yet. */
export interface SourceFile {
  /** As it was given. */
  readonly path: string;
  readonly text: string;
}

/** Files that cannot be made an app of. The message names the file. */
export class ImportError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.name = "ImportError";
    this.hint = hint;
  }
}
