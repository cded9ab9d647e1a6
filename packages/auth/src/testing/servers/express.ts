import express4 from "express4";
import express5 from "express5";
import { toExpress } from "../../adapters/express.ts";
import { createAuthHandler } from "../../index.ts";
import { exampleOptions, userOf } from "../example.ts";
import { type FrameworkServer, listen } from "./running.ts";

type Parser = "urlencoded, not extended" | "urlencoded, extended" | "JSON alone" | "text" | "raw" | "none";

const PARSERS: readonly Parser[] = [
  "none",
  "urlencoded, not extended",
  "urlencoded, extended",
  "JSON alone",
  "text",
  "raw",
];

export const expressServers: readonly FrameworkServer[] = PARSERS.flatMap((parser) => [
  {
    name: `Express 4, body parser: ${parser}`,
    isParsedBefore: readsForms(parser),
    start: () => startExpress4(parser),
  },
  {
    name: `Express 5, body parser: ${parser}`,
    isParsedBefore: readsForms(parser),
    start: () => startExpress5(parser),
  },
]);

function startExpress4(parser: Parser) {
  const app = express4();
  app.set("env", "test");
  // The middleware that a session library would be, to see that the handler gets Express's own request.
  app.use((request, response, next) => {
    response.locals.user = userOf(request.get("x-user"));
    response.vary("Accept-Encoding");
    next();
  });
  if (parser === "urlencoded, not extended")
    app.use(express4.urlencoded({ extended: false }), express4.json());
  if (parser === "urlencoded, extended") app.use(express4.urlencoded({ extended: true }), express4.json());
  if (parser === "JSON alone") app.use(express4.json());
  if (parser === "text") app.use(express4.text({ type: "*/*" }));
  if (parser === "raw") app.use(express4.raw({ type: "*/*" }));
  const handler = createAuthHandler({
    ...exampleOptions,
    user: (_request, request: express4.Request) => request.res?.locals.user,
  });
  const router = express4.Router();
  router.all("/auth", toExpress(handler));
  router.all("/user-auth", toExpress(handler));
  app.use("/pusher", router);
  return listen(app);
}

function startExpress5(parser: Parser) {
  const app = express5();
  app.set("env", "test");
  app.use((request, response, next) => {
    response.locals.user = userOf(request.get("x-user"));
    response.vary("Accept-Encoding");
    next();
  });
  if (parser === "urlencoded, not extended")
    app.use(express5.urlencoded({ extended: false }), express5.json());
  if (parser === "urlencoded, extended") app.use(express5.urlencoded({ extended: true }), express5.json());
  if (parser === "JSON alone") app.use(express5.json());
  if (parser === "text") app.use(express5.text({ type: "*/*" }));
  if (parser === "raw") app.use(express5.raw({ type: "*/*" }));
  const handler = createAuthHandler({
    ...exampleOptions,
    user: (_request, request: express5.Request) => request.res?.locals.user,
  });
  app.use("/pusher/auth", toExpress(handler));
  app.use("/pusher/user-auth", toExpress(handler));
  return listen(app);
}

function readsForms(parser: Parser): boolean {
  return parser !== "none" && parser !== "JSON alone";
}
