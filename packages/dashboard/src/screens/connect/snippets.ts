import { wholeProgram } from "./sections.ts";
import cli from "./snippets/cli.txt";
import curl from "./snippets/curl.txt";
import echoPusher from "./snippets/echo-pusher.txt";
import echoReverb from "./snippets/echo-reverb.txt";
import express from "./snippets/express.txt";
import fastify from "./snippets/fastify.txt";
import go from "./snippets/go.txt";
import hono from "./snippets/hono.txt";
import java from "./snippets/java.txt";
import laravel from "./snippets/laravel.txt";
import nest from "./snippets/nest.txt";
import next from "./snippets/next.txt";
import node from "./snippets/node.txt";
import nuxt from "./snippets/nuxt.txt";
import php from "./snippets/php.txt";
import pusherJs from "./snippets/pusher-js.txt";
import python from "./snippets/python.txt";
import ruby from "./snippets/ruby.txt";
import sdk from "./snippets/sdk.txt";
import svelteKit from "./snippets/sveltekit.txt";

export const GROUPS = ["page", "endpoint", "server", "terminal"] as const;
export type Group = (typeof GROUPS)[number];

export interface Snippet {
  readonly id: string;
  readonly group: Group;
  readonly title: string;
  /** The file that it goes into, or what it is. */
  readonly file: string;
  readonly install?: string;
  /** Placeholders and all. */
  readonly text: string;
  /** Reads the secret from the environment variable `USHER_APP_SECRET`. */
  readonly needsSecret?: true;
  /** The library in it cannot be told a path in front of `/apps`. */
  readonly isWithoutPrefix?: true;
}

/** Everything that the screen shows. What is in the list is run by a test. */
export const SNIPPETS: readonly Snippet[] = [
  {
    id: "pusher-js",
    group: "page",
    title: "pusher-js",
    file: "client.js",
    install: "npm install pusher-js",
    text: pusherJs,
  },
  {
    id: "echo-pusher",
    group: "page",
    title: "Laravel Echo",
    file: "echo.js",
    install: "npm install laravel-echo pusher-js",
    text: echoPusher,
  },
  {
    id: "echo-reverb",
    group: "page",
    title: "Laravel Echo (reverb)",
    file: "echo.js",
    install: "npm install laravel-echo pusher-js",
    text: echoReverb,
  },
  endpoint("next", "Next.js", "route.ts", "", next),
  endpoint("sveltekit", "SvelteKit", "+server.ts", "", svelteKit),
  endpoint("nuxt", "Nuxt", "auth.ts", "", nuxt),
  endpoint("express", "Express", "server.ts", " express", express),
  endpoint("fastify", "Fastify", "server.ts", " fastify", fastify),
  endpoint("hono", "Hono", "server.ts", " hono", hono),
  endpoint("nest", "NestJS", "main.ts", "", nest),
  {
    id: "sdk",
    group: "server",
    title: "@usher/sdk",
    file: "trigger.ts",
    install: "npm install @usher/sdk",
    text: sdk,
    needsSecret: true,
  },
  {
    id: "node",
    group: "server",
    title: "Node",
    file: "server.mjs",
    install: "npm install express pusher",
    text: wholeProgram(node),
    needsSecret: true,
    isWithoutPrefix: true,
  },
  {
    id: "laravel",
    group: "server",
    title: "Laravel",
    file: ".env",
    install: "composer require pusher/pusher-php-server",
    text: laravel,
    needsSecret: true,
    isWithoutPrefix: true,
  },
  {
    id: "python",
    group: "server",
    title: "Python",
    file: "app.py",
    install: "pip install flask pusher",
    text: wholeProgram(python),
    needsSecret: true,
    isWithoutPrefix: true,
  },
  {
    id: "go",
    group: "server",
    title: "Go",
    file: "main.go",
    install: "go get github.com/pusher/pusher-http-go/v5",
    text: wholeProgram(go),
    needsSecret: true,
    isWithoutPrefix: true,
  },
  {
    id: "php",
    group: "server",
    title: "PHP",
    file: "server.php",
    text: wholeProgram(php),
    needsSecret: true,
  },
  {
    id: "ruby",
    group: "server",
    title: "Ruby",
    file: "server.rb",
    text: wholeProgram(ruby),
    needsSecret: true,
  },
  {
    id: "java",
    group: "server",
    title: "Java",
    file: "Server.java",
    install: "com.pusher:pusher-http-java",
    text: wholeProgram(java),
    needsSecret: true,
    isWithoutPrefix: true,
  },
  { id: "curl", group: "terminal", title: "curl", file: "trigger.sh", text: curl, needsSecret: true },
  { id: "cli", group: "terminal", title: "usher", file: "the command line", text: cli, needsSecret: true },
];

function endpoint(id: string, title: string, file: string, also: string, text: string): Snippet {
  const install = `npm install @usher/auth${also}`;
  return { id, group: "endpoint", title, file, install, text, needsSecret: true };
}
