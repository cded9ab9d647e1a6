import "reflect-metadata";
import {
  All,
  Controller,
  type INestApplication,
  type MiddlewareConsumer,
  Module,
  Req,
  Res,
} from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { ExpressAdapter } from "@nestjs/platform-express";
import { FastifyAdapter } from "@nestjs/platform-fastify";
import { toNest } from "../../adapters/nest.ts";
import type { NodeRequest, NodeResponse } from "../../adapters/node.ts";
import { createAuthHandler } from "../../index.ts";
import { exampleOptions, userOf } from "../example.ts";
import { type FrameworkServer, headerText, type Running } from "./running.ts";

export const nestServers: readonly FrameworkServer[] = [
  { name: "NestJS on Express, middleware of the module", isParsedBefore: true, start: startModule },
  { name: "NestJS on Express, controller", isParsedBefore: true, start: startController },
  { name: "NestJS on Express, app.use", start: startUse },
  { name: "NestJS on Fastify, app.use", start: startFastify },
];

const middleware = toNest(
  createAuthHandler({
    ...exampleOptions,
    user: (_request, request: NodeRequest) => userOf(headerText(request.headers["x-user"])),
  }),
);

// Decorators are called as the functions that they are: the syntax would need other compiler options.

async function startModule(): Promise<Running> {
  class AppModule {
    configure(consumer: MiddlewareConsumer): void {
      consumer.apply(middleware).forRoutes("pusher/auth", "pusher/user-auth");
    }
  }
  Module({})(AppModule);
  return started(await NestFactory.create(AppModule, new ExpressAdapter(), { logger: false }));
}

async function startController(): Promise<Running> {
  class PusherController {
    auth(request: NodeRequest, response: NodeResponse): Promise<void> {
      return middleware(request, response);
    }
  }
  const method = Object.getOwnPropertyDescriptor(PusherController.prototype, "auth") as PropertyDescriptor;
  All(["auth", "user-auth"])(PusherController.prototype, "auth", method);
  Req()(PusherController.prototype, "auth", 0);
  Res()(PusherController.prototype, "auth", 1);
  Controller("pusher")(PusherController);
  class AppModule {}
  Module({ controllers: [PusherController] })(AppModule);
  return started(await NestFactory.create(AppModule, new ExpressAdapter(), { logger: false }));
}

async function startUse(): Promise<Running> {
  class AppModule {}
  Module({})(AppModule);
  const app = await NestFactory.create(AppModule, new ExpressAdapter(), { logger: false });
  app.use("/pusher/auth", middleware);
  app.use("/pusher/user-auth", middleware);
  return started(app);
}

async function startFastify(): Promise<Running> {
  class AppModule {}
  Module({})(AppModule);
  const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false });
  app.use("/pusher/auth", middleware);
  app.use("/pusher/user-auth", middleware);
  return started(app);
}

async function started(app: INestApplication): Promise<Running> {
  await app.listen(0, "127.0.0.1");
  return { url: await app.getUrl(), stop: () => app.close() };
}
