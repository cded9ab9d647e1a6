// The steps of interop/README.md with the official SDK for Java. One line of JSON for each.

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.pusher.rest.Pusher;
import com.pusher.rest.data.Event;
import com.pusher.rest.data.PresenceUser;
import com.pusher.rest.data.Result;
import com.pusher.rest.data.Validity;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

public final class Run {
    private static final String HOST = env("HOST") + ":" + env("PORT");
    private static final String APP_ID = env("APP_ID");
    private static final String KEY = env("APP_KEY");
    private static final String SECRET = env("APP_SECRET");
    private static final String SOCKET_ID = env("SOCKET_ID");

    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();
    private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    public static void main(String[] args) throws Exception {
        try (Pusher pusher = connect(APP_ID, KEY, SECRET)) {
            step("sdk", null, Run::sdkVersion);
            queries(pusher);
            triggers(pusher);
            users(pusher);
            authorizations(pusher);
            refusals(pusher);
            webhooks(pusher);
        }
    }

    private static void queries(Pusher pusher) {
        step("channels_empty", "by `get`", () -> {
            try (Pusher empty = connect(env("EMPTY_APP_ID"), env("EMPTY_APP_KEY"), env("EMPTY_APP_SECRET"))) {
                return bodyOf(empty.get("/channels"));
            }
        });
        step("channels", "by `get`", () ->
            bodyOf(pusher.get("/channels", Map.of("filter_by_prefix", "presence-", "info", "user_count"))));
        step("channel", "by `get`", () ->
            bodyOf(pusher.get("/channels/news", Map.of("info", "subscription_count"))));
        step("channel_unoccupied", "by `get`", () -> bodyOf(pusher.get("/channels/nobody-here")));
        step("users", "by `get`", () -> bodyOf(pusher.get("/channels/presence-room/users")));
    }

    private static void triggers(Pusher pusher) {
        step("client_from_url", null, () -> {
            String url = "http://" + KEY + ":" + SECRET + "@" + HOST + "/apps/" + APP_ID;
            try (Pusher fromUrl = new Pusher(url)) {
                return bodyOf(fromUrl.trigger("news", "from-url", Map.of("n", 0)));
            }
        });
        step("trigger_one", null, () -> bodyOf(pusher.trigger("news", "one", Map.of("text", "żółć 🚀"))));
        step("trigger_many", null, () ->
            bodyOf(pusher.trigger(List.of("news", "sport"), "many", Map.of("n", 2))));
        step("trigger_exclude", null, () ->
            bodyOf(pusher.trigger("news", "exclude", Map.of("n", 3), SOCKET_ID)));
        step("trigger_info", "by `post`", () -> bodyOf(pusher.post("/events", json(Map.of(
            "name", "info",
            "channels", List.of("news", "presence-room"),
            "data", "{\"n\":4}",
            "info", "subscription_count,user_count")))));
        step("batch", null, () -> bodyOf(pusher.trigger(List.of(
            new Event("news", "batch-first", Map.of("n", 5)),
            new Event("sport", "batch-second", Map.of("n", 6))))));
        step("batch_info", "by `post`", () -> bodyOf(pusher.post("/batch_events", json(Map.of("batch", List.of(
            Map.of("channel", "news", "name", "batch-info", "data", "{\"n\":7}", "info", "subscription_count"),
            Map.of("channel", "presence-room", "name", "batch-info", "data", "{\"n\":8}", "info", "user_count")))))));
        step("trigger_encrypted", null, () ->
            bodyOf(pusher.trigger("private-encrypted-vault", "secret", Map.of("text", "between us"))));
    }

    private static void users(Pusher pusher) {
        // `trigger` refuses the name of a user's own channel.
        step("send_to_user", "by `post`", () -> bodyOf(pusher.post("/events", json(Map.of(
            "name", "note",
            "channels", List.of("#server-to-user-carol"),
            "data", "{\"n\":9}")))));
        step("terminate", "by `post`", () -> bodyOf(pusher.post("/users/carol/terminate_connections", "{}")));
    }

    private static void authorizations(Pusher pusher) {
        step("authorize_private", null, () -> pusher.authenticate(SOCKET_ID, "private-account"));
        step("authorize_presence", null, () -> pusher.authenticate(
            SOCKET_ID, "presence-lounge", new PresenceUser("dora", Map.of("name", "Dora Ünal"))));
        step("authorize_encrypted", null, () -> pusher.authenticate(SOCKET_ID, "private-encrypted-vault"));
        absent("authenticate_user");
    }

    private static void refusals(Pusher pusher) {
        step("wrong_secret", "`AUTHENTICATION_ERROR`", () -> {
            try (Pusher wrong = connect(APP_ID, KEY, "wrong")) {
                Result result = wrong.trigger("news", "never", Map.of());
                return messageOf(result, Result.Status.AUTHENTICATION_ERROR);
            }
        });
        // The SDK has no word for 413.
        step("too_large", "`UNKNOWN_ERROR`", () ->
            messageOf(pusher.trigger("news", "never", "x".repeat(10_241)), Result.Status.UNKNOWN_ERROR));
    }

    private static void webhooks(Pusher pusher) {
        step("webhook", null, () -> judged(Validity.VALID, validity(pusher, KEY, "WEBHOOK")));
        step("webhook_published", null, () -> {
            // From Pusher's own tests, with an app of its own.
            String key = env("PUBLISHED_WEBHOOK_KEY");
            try (Pusher published = connect(APP_ID, key, env("PUBLISHED_WEBHOOK_SECRET"))) {
                return judged(Validity.VALID, validity(published, key, "PUBLISHED_WEBHOOK"));
            }
        });
        step("webhook_encrypted", null, () -> judged(Validity.VALID, validity(pusher, KEY, "ENCRYPTED_WEBHOOK")));
        step("webhook_forged", null, () -> judged(
            Validity.INVALID, pusher.validateWebhookSignature(KEY, "0".repeat(64), env("WEBHOOK_BODY"))));
    }

    private static Pusher connect(String appId, String key, String secret) {
        Pusher pusher = new Pusher(appId, key, secret, env("MASTER_KEY"));
        pusher.setHost(HOST);
        pusher.setEncrypted(false);
        return pusher;
    }

    private static String bodyOf(Result result) {
        return messageOf(result, Result.Status.SUCCESS);
    }

    private static String messageOf(Result result, Result.Status expected) {
        if (result.getStatus() == expected) return result.getMessage();
        throw new IllegalStateException(result.getStatus() + " " + result.getHttpStatus() + " " + result.getMessage());
    }

    private static Validity validity(Pusher pusher, String key, String name) {
        return pusher.validateWebhookSignature(key, env(name + "_SIGNATURE"), env(name + "_BODY"));
    }

    private static String judged(Validity expected, Validity validity) {
        if (validity != expected) throw new IllegalStateException("expected " + expected + ", got " + validity);
        return validity.name();
    }

    private static String sdkVersion() throws Exception {
        String jar = Path.of(Pusher.class.getProtectionDomain().getCodeSource().getLocation().toURI()).getFileName().toString();
        return jar.replaceAll("^pusher-http-java-|\\.jar$", "");
    }

    /** What `run` returns becomes the detail; `note` stands in the table in place of "yes". */
    private static void step(String name, String note, Callable<String> run) {
        try {
            report(name, true, run.call(), note);
        } catch (Exception error) {
            report(name, false, error.toString(), null);
        }
    }

    private static void absent(String name) {
        report(name, false, "", "not in the SDK");
    }

    private static void report(String name, boolean ok, String detail, String note) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("step", name);
        line.put("ok", ok);
        line.put("detail", detail);
        if (note != null) line.put("note", note);
        OUT.println(json(line));
    }

    private static String json(Object value) {
        return GSON.toJson(value);
    }

    private static String env(String name) {
        return System.getenv("USHER_" + name);
    }
}
