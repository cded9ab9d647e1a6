import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import { StoreError } from "./store-error.ts";

/**
 * Seals what may not stand in the database in plain: AES-256-GCM under a key derived from the master key.
 *
 * A sealed text is `v1.<key id>.<nonce, ciphertext and tag in base64url>`. The key id tells which master key opens it and
 * nothing else about that key.
 */
export class Vault {
  readonly keyId: string;
  /** Signs what the nodes of a cluster tell each other; 32 bytes, the same on every node with this master key. */
  readonly clusterKey: Uint8Array;
  readonly #key: KeyObject;

  /** @param masterKey 32 random bytes. */
  constructor(masterKey: Buffer) {
    // Derived, so that neither what is stored as the id nor what seals is the master key itself.
    this.keyId = derive(masterKey, "usher master key id").toString("hex").slice(0, 12);
    this.#key = createSecretKey(derive(masterKey, "usher sealed values"));
    this.clusterKey = derive(masterKey, "usher cluster messages");
  }

  /**
   * @param context what the value belongs to, such as the id of its row: opened with another, the value is refused, so
   *   that nobody who writes to the database can pass one value off as another.
   */
  seal(value: string, context: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce);
    cipher.setAAD(Buffer.from(context, "utf8"));
    const body = Buffer.concat([nonce, cipher.update(value, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return `${VERSION}.${this.keyId}.${body.toString("base64url")}`;
  }

  /** Throws `master_key_wrong` for what another key sealed, and `sealed_value_damaged`. */
  open(sealed: string, context: string): string {
    const [version, keyId, text, ...rest] = sealed.split(".");
    if (version !== VERSION || keyId === undefined || text === undefined || rest.length > 0) {
      throw damaged(context);
    }
    if (keyId !== this.keyId) {
      throw new StoreError(
        "master_key_wrong",
        `${context} was sealed with the master key ${keyId}, not ${this.keyId}`,
      );
    }
    const body = Buffer.from(text, "base64url");
    if (body.length < NONCE_BYTES + TAG_BYTES) throw damaged(context);
    const decipher = createDecipheriv("aes-256-gcm", this.#key, body.subarray(0, NONCE_BYTES));
    decipher.setAAD(Buffer.from(context, "utf8"));
    decipher.setAuthTag(body.subarray(-TAG_BYTES));
    try {
      const opened = [decipher.update(body.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()];
      return Buffer.concat(opened).toString("utf8");
    } catch (error) {
      throw damaged(context, error);
    }
  }
}

/** Names a secret to people without telling it: the first 12 hex digits of its SHA-256. */
export function fingerprintOf(value: string): string {
  return createHash("sha256").update(value, "utf8").digest("hex").slice(0, 12);
}

const VERSION = "v1";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

function derive(masterKey: Buffer, purpose: string): Buffer {
  return createHmac("sha256", masterKey).update(purpose, "utf8").digest();
}

function damaged(context: string, cause?: unknown): StoreError {
  return new StoreError("sealed_value_damaged", `the sealed value ${context} cannot be opened`, cause);
}
