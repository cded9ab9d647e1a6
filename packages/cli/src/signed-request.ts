import { createHash, createHmac } from "node:crypto";
import { httpStringToSign, type QueryParameter } from "@usher/protocol";
import type { Target } from "./target.ts";

export interface ApiRequest {
  readonly method: "GET" | "POST";
  /** Below the app, such as `/events`. */
  readonly path: string;
  readonly query: readonly QueryParameter[];
  /** Empty for none. */
  readonly body: string;
}

/** The address of a request to the HTTP API, signed as Pusher's server libraries sign. @param now in milliseconds. */
export function signedUrl({ url, appId, key, secret }: Target, request: ApiRequest, now: number): string {
  const base = `${url}/apps/${encodeURIComponent(appId)}${request.path}`;
  const query: QueryParameter[] = [
    ["auth_key", key],
    ["auth_timestamp", String(Math.floor(now / 1_000))],
    ["auth_version", "1.0"],
    ...(request.body === "" ? [] : [["body_md5", md5Hex(request.body)] as const]),
    ...request.query,
  ];
  const stringToSign = httpStringToSign(request.method, new URL(base).pathname, query);
  const signed = [...query, ["auth_signature", hmacSha256Hex(secret, stringToSign)] as const];
  return `${base}?${signed.map((parameter) => parameter.map(encodeURIComponent).join("=")).join("&")}`;
}

export function hmacSha256Hex(secret: string, text: string): string {
  return createHmac("sha256", secret).update(text).digest("hex");
}

function md5Hex(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
