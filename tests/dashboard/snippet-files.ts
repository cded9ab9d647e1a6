import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fillSnippet } from "../../packages/dashboard/src/screens/connect/fill-snippet.ts";
import type { Place } from "../../packages/dashboard/src/screens/connect/place.ts";
import { SNIPPETS } from "../../packages/dashboard/src/screens/connect/snippets.ts";
import { ROOT } from "../examples/running-example.ts";
import type { TestServer } from "../support/server.ts";

// Inside the repository, so that the snippets find the libraries they import.
const FOLDER = join(ROOT, "tests/.artifacts/snippets");

/** What the snippets say is yours: whoever sends the cookie `session=1` is Ada, the user 1. */
const SESSION: Readonly<Record<string, string>> = {
  "session.ts": `export interface User { readonly id: number; readonly name: string }
const ADA: User = { id: 1, name: "Ada" };
export function userOf(request: Request): User | null {
  return request.headers.get("cookie") === "session=1" ? ADA : null;
}
`,
  "session.mjs": `export function userOf(request) {
  return request.get("cookie") === "session=1" ? { id: 1, name: "Ada" } : undefined;
}
`,
  "session.py": `def user_of(request):
    return {"id": 1, "name": "Ada"} if request.headers.get("Cookie") == "session=1" else None
`,
  "session.php": `<?php
function user_of(): ?array
{
    return ($_SERVER['HTTP_COOKIE'] ?? '') === 'session=1' ? ['id' => 1, 'name' => 'Ada'] : null;
}
`,
  "session.rb": `def user_of(env)
  env["HTTP_COOKIE"] == "session=1" ? { id: 1, name: "Ada" } : nil
end
`,
  "session.go": `package main

import "net/http"

type user struct{ ID, Name string }

func userOf(request *http.Request) (user, bool) {
	return user{"1", "Ada"}, request.Header.Get("Cookie") == "session=1"
}
`,
  "app.module.ts": `import { Module } from "@nestjs/common";
export class AppModule {}
Module({})(AppModule);
`,
};

/** For a language whose programs are one file: put below the snippet. */
const BELOW: Readonly<Record<string, string>> = {
  java: `
record User(String id, String name) {}

class Session {
    static User userOf(HttpExchange exchange) {
        return "session=1".equals(exchange.getRequestHeaders().getFirst("Cookie")) ? new User("1", "Ada") : null;
    }
}
`,
};

/** How a framework that is not started by a file of its own calls a snippet. */
const RUNNERS: Readonly<Record<string, string>> = {
  next: `import { POST } from "./route.ts";
Bun.serve({ port: Number(process.env.PORT), fetch: (request) => POST(request, { params: Promise.resolve({}) }) });
`,
  sveltekit: `import { POST } from "./+server.ts";
Bun.serve({ port: Number(process.env.PORT), fetch: (request) => POST({ request }) });
`,
  nuxt: `import { createServer } from "node:http";
import { createApp, toNodeListener } from "h3v1";
import handler from "./auth.ts";
createServer(toNodeListener(createApp().use("/", handler))).listen(Number(process.env.PORT));
`,
  ruby: `require "socket"
require "stringio"
require_relative "server"
server = TCPServer.new("127.0.0.1", ENV.fetch("PORT").to_i)
loop do
  client = server.accept
  _, path = client.gets.to_s.split
  env = { "PATH_INFO" => path.to_s }
  length = 0
  while (line = client.gets&.chomp) && !line.empty?
    name, value = line.split(": ", 2)
    length = value.to_i if name.casecmp?("content-length")
    env["HTTP_COOKIE"] = value if name.casecmp?("cookie")
  end
  env["rack.input"] = StringIO.new(client.read(length))
  status, headers, body = Endpoint.call(env)
  text = body.join
  lines = headers.map { |name, value| "#{name}: #{value}\\r\\n" }.join
  client.write("HTTP/1.1 #{status} -\\r\\n#{lines}content-length: #{text.bytesize}\\r\\nconnection: close\\r\\n\\r\\n#{text}")
  client.close
end
`,
};

/** The server as the dashboard's snippets name it. */
export function placeOfServer({ host, port, appId, key }: TestServer, pathPrefix = ""): Place {
  return { host, port, isTls: false, pathPrefix, appId, key };
}

export interface SnippetFiles {
  readonly folder: string;
  /** The snippet itself. */
  readonly file: string;
  /** What runs it, where it is not run itself. */
  readonly runner: string;
  readonly text: string;
}

/** Writes a snippet as somebody would copy it, with what it says is theirs beside it. */
export function writeSnippet(id: string, place: Place): SnippetFiles {
  const snippet = SNIPPETS.find((each) => each.id === id);
  if (!snippet) throw new Error(`there is no snippet ${id}`);
  const folder = join(FOLDER, id);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(SESSION)) writeFileSync(join(folder, name), text);
  // Here the library is there under another name; people have it under its own.
  const text = fillSnippet(snippet.text, place).replace('from "h3"', 'from "h3v1"');
  const file = join(folder, snippet.file.includes(".") ? snippet.file : "script.sh");
  writeFileSync(file, `${text}\n${BELOW[id] ?? ""}`);
  const runner = join(folder, id === "ruby" ? "runner.rb" : "runner.ts");
  if (RUNNERS[id] !== undefined) writeFileSync(runner, RUNNERS[id]);
  return { folder, file, runner: RUNNERS[id] === undefined ? file : runner, text };
}

export function removeSnippets(): void {
  rmSync(FOLDER, { recursive: true, force: true });
}
