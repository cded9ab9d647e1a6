// Java's own HTTP server, with a bearer token and the official pusher-http-java.

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.pusher.rest.Pusher;
import com.pusher.rest.data.PresenceUser;
import com.pusher.rest.data.Result;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;

public final class Server {
    private record User(int id, String name, String avatar) {}

    private static final Map<Integer, User> USERS = Map.of(
        1, new User(1, "Ada", "/avatars/ada.png"),
        2, new User(2, "Grace", "/avatars/grace.png"));
    private static final Map<String, User> TOKENS = new ConcurrentHashMap<>();
    private static final Gson GSON = new Gson();
    private static final Pusher USHER =
        new Pusher(env("USHER_APP_ID", ""), env("USHER_APP_KEY", ""), env("USHER_APP_SECRET", ""));

    public static void main(String[] args) throws IOException {
        USHER.setHost("127.0.0.1:" + env("USHER_PORT", "6001"));
        USHER.setEncrypted(false);
        InetSocketAddress address = new InetSocketAddress("127.0.0.1", Integer.parseInt(env("PORT", "3000")));
        HttpServer server = HttpServer.create(address, 0);
        server.createContext("/pusher/auth", Server::authorize);
        server.createContext("/login", Server::logIn);
        server.setExecutor(Executors.newCachedThreadPool());
        server.start();
        System.out.println("Listening on http://127.0.0.1:" + address.getPort());
    }

    private static void authorize(HttpExchange exchange) throws IOException {
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        User user = authorization == null ? null : TOKENS.get(authorization.replace("Bearer ", ""));
        if (user == null) {
            answer(exchange, 401, "");
            return;
        }
        Map<String, String> form = formOf(exchange);
        String socketId = form.getOrDefault("socket_id", "");
        String channel = form.getOrDefault("channel_name", "");
        // matches() means the whole text.
        if (!socketId.matches("\\d+\\.\\d+")) {
            answer(exchange, 400, "");
        } else if (channel.equals("private-user-" + user.id())) {
            answer(exchange, 200, USHER.authenticate(socketId, channel));
        } else if (channel.matches("presence-room-[a-z0-9-]{1,100}")) {
            Map<String, String> info = Map.of("name", user.name(), "avatar", user.avatar());
            answer(exchange, 200, USHER.authenticate(socketId, channel, new PresenceUser(String.valueOf(user.id()), info)));
        } else {
            answer(exchange, 403, "");
        }
    }

    private static void logIn(HttpExchange exchange) throws IOException {
        JsonObject body = GSON.fromJson(textOf(exchange), JsonObject.class);
        User user = USERS.get(body.get("user").getAsInt()); // Yours asks for a password.
        if (user == null) {
            answer(exchange, 401, "");
            return;
        }
        String token = UUID.randomUUID().toString();
        TOKENS.put(token, user);
        Result result = USHER.trigger("private-user-" + user.id(), "signed-in", Map.of("name", user.name()));
        if (result.getStatus() != Result.Status.SUCCESS) System.err.println(result.getMessage());
        answer(exchange, 200, GSON.toJson(Map.of("token", token)));
    }

    private static Map<String, String> formOf(HttpExchange exchange) throws IOException {
        Map<String, String> form = new HashMap<>();
        for (String pair : textOf(exchange).split("&")) {
            String[] parts = pair.split("=", 2);
            form.put(decode(parts[0]), parts.length == 2 ? decode(parts[1]) : "");
        }
        return form;
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    private static String textOf(HttpExchange exchange) throws IOException {
        return new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static void answer(HttpExchange exchange, int status, String json) throws IOException {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static String env(String name, String otherwise) {
        return System.getenv().getOrDefault(name, otherwise);
    }
}
