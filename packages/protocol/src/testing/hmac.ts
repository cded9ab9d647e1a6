import { createHmac } from "node:crypto";
import type { HmacHex } from "../signature.ts";

/** The cryptography that the protocol asks its caller for. */
export const hmacHex: HmacHex = (secret, text) => createHmac("sha256", secret).update(text).digest("hex");
