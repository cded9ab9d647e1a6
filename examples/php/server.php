<?php
// PHP without any library: the signatures are made by hand. With PHP's own session cookie.
declare(strict_types=1);

const USERS = [
    1 => ['name' => 'Ada', 'avatar' => '/avatars/ada.png'],
    2 => ['name' => 'Grace', 'avatar' => '/avatars/grace.png'],
];

session_start(['cookie_httponly' => true, 'cookie_samesite' => 'Lax']);

match ($_SERVER['REQUEST_METHOD'] . ' ' . parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)) {
    'POST /pusher/auth' => authorize(),
    'POST /login' => logIn(),
    default => http_response_code(404),
};

function authorize(): void
{
    $userId = $_SESSION['user'] ?? null;
    if ($userId === null) {
        http_response_code(401);
        return;
    }
    $socketId = $_POST['socket_id'] ?? '';
    $channel = $_POST['channel_name'] ?? '';
    // The D keeps $ from matching in front of a final newline.
    if (!is_string($socketId) || !preg_match('/^\d+\.\d+$/D', $socketId) || !is_string($channel)) {
        http_response_code(400);
        return;
    }

    if ($channel === "private-user-$userId") {
        answer(['auth' => sign("$socketId:$channel")]);
    } elseif (preg_match('/^presence-room-[a-z0-9-]{1,100}$/D', $channel)) {
        // Signed and sent as the same text, byte for byte.
        $member = json_encode(['user_id' => (string) $userId, 'user_info' => USERS[$userId]]);
        answer(['auth' => sign("$socketId:$channel:$member"), 'channel_data' => $member]);
    } else {
        http_response_code(403);
    }
}

function logIn(): void
{
    $userId = json_decode((string) file_get_contents('php://input'), true)['user'] ?? null; // Yours asks for a password.
    if (!is_int($userId) || !isset(USERS[$userId])) {
        http_response_code(401);
        return;
    }
    session_regenerate_id(true);
    $_SESSION['user'] = $userId;
    trigger("private-user-$userId", 'signed-in', ['name' => USERS[$userId]['name']]);
    http_response_code(204);
}

function sign(string $text): string
{
    return getenv('USHER_APP_KEY') . ':' . hash_hmac('sha256', $text, getenv('USHER_APP_SECRET'));
}

function trigger(string $channel, string $event, array $data): void
{
    $path = '/apps/' . getenv('USHER_APP_ID') . '/events';
    $body = json_encode(['name' => $event, 'channels' => [$channel], 'data' => json_encode($data)]);
    // In alphabetical order, as they are signed.
    $query = http_build_query([
        'auth_key' => getenv('USHER_APP_KEY'),
        'auth_timestamp' => time(),
        'auth_version' => '1.0',
        'body_md5' => md5($body),
    ]);
    $signature = hash_hmac('sha256', "POST\n$path\n$query", getenv('USHER_APP_SECRET'));
    $url = 'http://127.0.0.1:' . (getenv('USHER_PORT') ?: '6001') . "$path?$query&auth_signature=$signature";
    $options = ['method' => 'POST', 'header' => 'Content-Type: application/json', 'content' => $body];
    if (file_get_contents($url, false, stream_context_create(['http' => $options])) === false) {
        error_log("$event was not triggered");
    }
}

function answer(array $grant): void
{
    header('Content-Type: application/json');
    echo json_encode($grant);
}
