import { test } from "bun:test";
import { expectAnswer, expectRefused } from "../support/answers.ts";
import { setEnabled } from "../support/apps.ts";
import { expectClosed } from "../support/refusals.ts";
import { describeServer, fresh } from "../support/target.ts";
import { eventually } from "../support/time-limit.ts";

const SETTINGS = { force_tls: true };

describeServer("a disabled app", { usher: true }, (target) => {
  test("its clients are sent away with 4003, its requests answered 403, until it is enabled again", async () => {
    const socket = await target.connect();
    await socket.join(fresh("c-"));
    setEnabled(target.process.dataDir, target.app.id, false);
    await expectClosed(socket, 4003);
    await expectClosed(target.open(), 4003);
    expectRefused(await target.api.get("/channels"), 403);
    const event = { name: "e", data: "", channels: [fresh("c-")] };
    expectRefused(await target.api.post("/events", event), 403);

    const forged = await target.api.send({ path: "/channels", app: { ...target.app, secret: "guess" } });
    expectRefused(forged, 401);

    setEnabled(target.process.dataDir, target.app.id, true);
    await eventually(
      () => target.api.get("/channels"),
      ({ status }) => status === 200,
    );
    await target.connect();
    expectAnswer(await target.api.post("/events", event), "{}");
  });
});

describeServer("a disabled app that requires TLS", { usher: true, settings: SETTINGS }, (target) => {
  test("whether the app is enabled is checked before TLS", async () => {
    await expectClosed(target.open(), 4000);
    setEnabled(target.process.dataDir, target.app.id, false);
    await eventually(
      () => target.api.get("/channels"),
      ({ status }) => status === 403,
    );
    await expectClosed(target.open(), 4003);
  });
});
