import { expect, test } from "bun:test";
import { once } from "node:events";
import { connect } from "node:net";
import { expectAnswer, expectRefused } from "../support/answers.ts";
import { setEnabled } from "../support/apps.ts";
import { metricsOf } from "../support/metrics.ts";
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

describeServer("an app that is disabled while a request comes in", { usher: true }, (target) => {
  test("refuses the request, however early it began", async () => {
    const body = JSON.stringify({ name: "e", data: "", channels: [fresh("c-")] });
    const head = `POST ${target.api.target({ path: "/events", body })} HTTP/1.1\r\nHost: usher\r\nContent-Length: ${body.length}\r\n\r\n`;
    const slow = connect(target.port, target.host);
    slow.write(head + body.slice(0, 5));
    await eventually(
      () => metricsOf(target.process),
      (metrics) => metrics.get("usher_http_requests_in_flight") === 1,
    );
    setEnabled(target.process.dataDir, target.app.id, false);
    await eventually(
      () => target.api.get("/channels"),
      ({ status }) => status === 403,
    );
    const answered = once(slow, "data");
    slow.write(body.slice(5));
    expect(String((await answered)[0])).toStartWith("HTTP/1.1 403 ");
    slow.destroy();
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
