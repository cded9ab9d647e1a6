import { fail, isJsonObject, ok, type Result } from "@usher/protocol";
import type { Refusal } from "./refusal.ts";

/** The parameters of a request in the order they were sent, whatever they were written in. */
export type Parameters = readonly (readonly [name: string, value: unknown])[];

/** Reads a body by what it says it is, and by its looks when it says nothing. */
export async function parseParameters(
  contentType: string | null,
  bytes: Uint8Array,
): Promise<Result<Parameters, Refusal>> {
  const mediaType = contentType?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (mediaType === "multipart/form-data") return parseMultipart(contentType ?? "", bytes);

  const text = new TextDecoder().decode(bytes);
  if (mediaType === "application/x-www-form-urlencoded") return ok([...new URLSearchParams(text)]);
  if (mediaType === "application/json" || mediaType.endsWith("+json")) return parseJson(text);
  if (mediaType === "" || mediaType === "text/plain") {
    return text.trimStart().startsWith("{") ? parseJson(text) : ok([...new URLSearchParams(text)]);
  }
  return fail<Refusal>({
    status: 415,
    error: "The body must be application/x-www-form-urlencoded or application/json",
  });
}

function parseJson(text: string): Result<Parameters, Refusal> {
  const notAnObject = fail<Refusal>({ status: 400, error: "The body is not the JSON text of an object" });
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? ok(Object.entries(value)) : notAnObject;
  } catch {
    return notAnObject;
  }
}

async function parseMultipart(contentType: string, bytes: Uint8Array): Promise<Result<Parameters, Refusal>> {
  try {
    const response = new Response(bytes.slice().buffer, { headers: { "content-type": contentType } });
    return ok([...(await response.formData())]);
  } catch {
    return fail<Refusal>({ status: 400, error: "The body is not multipart/form-data as its type says" });
  }
}
