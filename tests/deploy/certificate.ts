import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Certificate {
  readonly certificatePath: string;
  readonly keyPath: string;
  /** Both in one file, as HAProxy wants them. */
  readonly bothPath: string;
  readonly text: string;
}

/** Makes a certificate for localhost that nobody but its own signature vouches for. */
export function makeCertificate(folder: string): Certificate {
  const certificatePath = join(folder, "localhost.crt");
  const keyPath = join(folder, "localhost.key");
  const bothPath = join(folder, "localhost.pem");
  const { status, stderr } = spawnSync(
    Bun.which("openssl") ?? "",
    [
      ...["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
      ...["-keyout", keyPath, "-out", certificatePath, "-days", "2", "-subj", "/CN=localhost"],
      ...["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
    ],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`openssl ended with ${status}: ${stderr}`);
  const text = readFileSync(certificatePath, "utf8");
  writeFileSync(bothPath, text + readFileSync(keyPath, "utf8"), { mode: 0o600 });
  return { certificatePath, keyPath, bothPath, text };
}
