import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually, PATIENCE_MS } from "../support/time-limit.ts";
import type { Certificate } from "./certificate.ts";
import type { TwoServers } from "./two-servers.ts";

const DEPLOY = fileURLToPath(new URL("../../deploy/", import.meta.url));

/** A recipe of `deploy/` and the program that it is for. */
export interface Proxy {
  readonly name: string;
  readonly recipe: string;
  /** Undefined where the tests of it are left out, which `npm test` says why. */
  readonly program: string | undefined;
  /** Does it ask the servers whether they take clients? */
  readonly asksForHealth: boolean;
  /** Does an open WebSocket outlast a reload? */
  readonly keepsConnectionsOnReload: boolean;
  readonly run: (program: string, site: Site) => Launch;
}

interface Site {
  readonly folder: string;
  readonly recipe: string;
  readonly port: number;
  readonly adminPort: number;
  readonly certificate: Certificate;
  readonly servers: TwoServers;
}

interface Launch {
  readonly file: string;
  readonly text: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What whoever operates it does after a change of its configuration. */
  readonly reload: (child: Bun.Subprocess) => Promise<void>;
}

export interface RunningProxy {
  readonly port: number;
  /** Has it read its configuration again, and resolves once it goes by that: what it refused with 404 is refused with 410 then. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

export const PROXIES: readonly Proxy[] = [
  {
    name: "nginx",
    recipe: "nginx/nginx.conf",
    program: programOf("NGINX", "nginx", "/usr/sbin/nginx"),
    asksForHealth: false,
    keepsConnectionsOnReload: true,
    run: (program, { folder, recipe, port, certificate, servers }) => {
      const file = join(folder, "nginx.conf");
      const text = substitute(recipe, {
        ...addresses(servers),
        "listen 443 ssl": `listen 127.0.0.1:${port} ssl`,
        "/etc/nginx/tls/realtime.example.com.crt": certificate.certificatePath,
        "/etc/nginx/tls/realtime.example.com.key": certificate.keyPath,
        "/var/log/nginx/usher.log": join(folder, "access.log"),
      });
      const places = ["-p", folder, "-e", join(folder, "error.log"), "-c", file];
      const globals = ["-g", `daemon off; pid ${join(folder, "nginx.pid")};`];
      return {
        file,
        text,
        command: [program, ...places, ...globals],
        reload: async (child) => void child.kill("SIGHUP"),
      };
    },
  },
  {
    name: "HAProxy",
    recipe: "haproxy/haproxy.cfg",
    program: programOf("HAPROXY", "haproxy", "/usr/sbin/haproxy"),
    asksForHealth: true,
    keepsConnectionsOnReload: true,
    run: (program, { folder, recipe, port, certificate, servers }) => {
      const file = join(folder, "haproxy.cfg");
      const text = substitute(recipe, {
        ...addresses(servers),
        "check port 9601": `check port ${servers.opsPort}`,
        "bind :443": `bind 127.0.0.1:${port}`,
        "/etc/haproxy/tls/realtime.example.com.pem": certificate.bothPath,
      });
      return {
        file,
        text,
        command: [program, "-W", "-db", "-f", file],
        reload: async (child) => void child.kill("SIGUSR2"),
      };
    },
  },
  {
    name: "Caddy",
    recipe: "caddy/Caddyfile",
    program: programOf("CADDY", "caddy", "/usr/bin/caddy"),
    asksForHealth: true,
    keepsConnectionsOnReload: false,
    run: (program, { folder, recipe, port, adminPort, certificate, servers }) => {
      const file = join(folder, "Caddyfile");
      const site = "{$USHER_SITE:realtime.example.com} {";
      const tls = `tls ${certificate.certificatePath} ${certificate.keyPath}`;
      // A public name would get its certificate by itself, and plain HTTP sent on to port 443.
      const own = `{\n\tauto_https disable_redirects\n\tadmin 127.0.0.1:${adminPort}\n}\n`;
      const text = own + substitute(recipe, { [site]: `${site}\n\t${tls}` });
      const env = {
        USHER_SITE: `https://localhost:${port}`,
        USHER_NODES: servers.addresses.join(" "),
        USHER_OPS_PORT: String(servers.opsPort),
        HOME: folder,
        XDG_DATA_HOME: folder,
        XDG_CONFIG_HOME: folder,
      };
      const config = ["--adapter", "caddyfile", "--config", file];
      const reload = [program, "reload", ...config, "--address", `127.0.0.1:${adminPort}`, "--force"];
      return {
        file,
        text,
        command: [program, "run", ...config],
        env,
        reload: async () => {
          const child = Bun.spawn(reload, { env, stdout: "ignore", stderr: "pipe" });
          const errors = await new Response(child.stderr).text();
          if ((await child.exited) !== 0) throw new Error(`caddy reload: ${errors}`);
        },
      };
    },
  },
];

/** Starts the recipe in front of two servers; nothing but addresses, ports and paths of it is changed. */
export async function startProxy(
  { recipe, program, run }: Proxy,
  folder: string,
  certificate: Certificate,
  servers: TwoServers,
): Promise<RunningProxy> {
  if (!program) throw new Error("not on this machine");
  const text = readFileSync(join(DEPLOY, recipe), "utf8");
  // A port that is free now may be taken a moment later.
  for (let attempt = 1; ; attempt++) {
    const place = join(folder, `attempt-${attempt}`);
    mkdirSync(place);
    const [port, adminPort] = await Promise.all([freePort(), freePort()]);
    const launch = run(program, { folder: place, recipe: text, port, adminPort, certificate, servers });
    writeFileSync(launch.file, launch.text);
    const child = Bun.spawn([...launch.command], {
      cwd: place,
      env: { PATH: process.env.PATH ?? "", ...launch.env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const output = Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    if (await isServing(port, child)) {
      return {
        port,
        async reload() {
          writeFileSync(launch.file, substitute(launch.text, { 404: "410" }));
          await launch.reload(child);
          await eventually(
            () => fetch(`https://localhost:${port}/`, UNKEPT),
            ({ status }) => status === 410,
          );
        },
        async stop() {
          child.kill("SIGTERM");
          await child.exited;
        },
      };
    }
    if (attempt === 5) throw new Error(`it does not start: ${(await output).join("\n")}`);
  }
}

/** A connection that is kept alive would go on with the configuration that it began under. */
const UNKEPT = { headers: { connection: "close" } };

/** Asked until it answers at all, which the proxies do not announce. */
async function isServing(port: number, child: Bun.Subprocess): Promise<boolean> {
  const deadline = Date.now() + PATIENCE_MS;
  while (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
    try {
      await fetch(`https://localhost:${port}/`, UNKEPT);
      return true;
    } catch {
      await Bun.sleep(20);
    }
  }
  child.kill("SIGKILL");
  await child.exited;
  return false;
}

function addresses({ addresses: [first, second] }: TwoServers): Record<string, string> {
  return { "10.0.0.1:6001": first, "10.0.0.2:6001": second };
}

/** Every one of them has to be there, or the recipe is not what the test thinks it is. */
function substitute(text: string, replacements: Readonly<Record<string, string>>): string {
  let substituted = text;
  for (const [given, own] of Object.entries(replacements)) {
    if (!substituted.includes(given)) throw new Error(`the recipe has no ${given}`);
    substituted = substituted.replaceAll(given, own);
  }
  return substituted;
}

function programOf(variable: string, name: string, place: string): string | undefined {
  const given = process.env[`USHER_TEST_${variable}`];
  if (given) return given === "none" ? undefined : given;
  const folders = (process.env.PATH ?? "").split(delimiter);
  return [place, ...folders.map((folder) => join(folder, name))].find((path) => existsSync(path));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
