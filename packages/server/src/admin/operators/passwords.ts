import { argon2, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { equalInConstantTime } from "@usher/protocol";
import PQueue from "p-queue";
import { AdminError } from "../admin-errors.ts";

const deriveKey = promisify(argon2);

/**
 * Argon2id as OWASP's password storage cheat sheet has it: 19 MiB and two passes, some 35 ms of one core. Whoever changes
 * it changes nothing else: a password is hashed anew at the next log-in.
 */
const PARAMETERS = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const SALT_BYTES = 16;
const TAG_BYTES = 32;

/** Log-ins at once: each takes memory and a thread that others on this server want too. */
const queue = new PQueue({ concurrency: 2 });
/** How many more may wait for their turn, about a second. Strangers from many addresses must not make a long line. */
const MAX_WAITING = 60;

/** For the database: algorithm, parameters, salt and hash in one text (the PHC string format). */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const tag = await derive(password, salt, PARAMETERS);
  const { memory, passes, parallelism } = PARAMETERS;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`;
}

/**
 * @param hash of `hashPassword`; `null` where there is nobody to compare with, which takes as long and never matches.
 */
export async function verifyPassword(password: string, hash: string | null): Promise<boolean> {
  const expected = hash === null ? NOBODY : parseHash(hash);
  const tag = await derive(password, expected.salt, expected.parameters);
  return equalInConstantTime(expected.tag.toString("hex"), tag.toString("hex")) && hash !== null;
}

/** Was it made with other parameters than those of today? */
export function isOutdated(hash: string): boolean {
  const { parameters } = parseHash(hash);
  return !isSame(parameters, PARAMETERS);
}

const MIN_CHARACTERS = 12;
/** Enough for any phrase, and an end to how much is hashed for a stranger. */
export const MAX_PASSWORD_CHARACTERS = 512;

/** Throws `password_unacceptable`. Length is what counts; rules about kinds of characters only make passwords alike. */
export function requireAcceptablePassword(password: string, email: string): void {
  const length = [...password].length;
  if (length < MIN_CHARACTERS || length > MAX_PASSWORD_CHARACTERS) {
    throw new AdminError("password_unacceptable", {
      message: `a password has ${MIN_CHARACTERS} to ${MAX_PASSWORD_CHARACTERS} characters`,
    });
  }
  if (password.trim().toLowerCase() === email.toLowerCase()) {
    throw new AdminError("password_unacceptable", { message: "the password is the e-mail address" });
  }
  if (new Set(password).size === 1) {
    throw new AdminError("password_unacceptable", { message: "the password is one character over and over" });
  }
}

interface Parameters {
  /** In KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

interface ParsedHash {
  readonly parameters: Parameters;
  readonly salt: Buffer;
  readonly tag: Buffer;
}

const NOBODY: ParsedHash = {
  parameters: PARAMETERS,
  salt: randomBytes(SALT_BYTES),
  tag: randomBytes(TAG_BYTES),
};

async function derive(
  password: string,
  nonce: Buffer,
  { memory, passes, parallelism }: Parameters,
): Promise<Buffer> {
  // The same text can be typed as different characters; NFKC makes one of them.
  const message = password.normalize("NFKC");
  if (queue.size >= MAX_WAITING) {
    throw new AdminError("too_many_attempts", { headers: { "retry-after": "5" } });
  }
  return queue.add(() =>
    deriveKey("argon2id", { message, nonce, memory, passes, parallelism, tagLength: TAG_BYTES }),
  );
}

const PHC =
  /^\$argon2id\$v=19\$m=(?<memory>\d+),t=(?<passes>\d+),p=(?<parallelism>\d+)\$(?<salt>[\w+/]+)\$(?<tag>[\w+/]+)$/;

function parseHash(hash: string): ParsedHash {
  const { memory, passes, parallelism, salt, tag } = PHC.exec(hash)?.groups ?? {};
  if (salt === undefined || tag === undefined) throw new Error("a stored password hash cannot be read");
  return {
    parameters: { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    salt: Buffer.from(salt, "base64"),
    tag: Buffer.from(tag, "base64"),
  };
}

function isSame(a: Parameters, b: Parameters): boolean {
  return a.memory === b.memory && a.passes === b.passes && a.parallelism === b.parallelism;
}

function base64(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}
