<?php
// The steps of interop/README.md in plain PHP, everything signed by hand. One line of JSON for each.
// Requests look like those of Pusher's PHP library: `channel` for one channel, the query percent-encoded, and an answer
// counts only when it is a 200 with a JSON object.
declare(strict_types=1);

$app = [getenv('USHER_APP_ID'), getenv('USHER_APP_KEY'), getenv('USHER_APP_SECRET')];
$emptyApp = [getenv('USHER_EMPTY_APP_ID'), getenv('USHER_EMPTY_APP_KEY'), getenv('USHER_EMPTY_APP_SECRET')];
$socketId = getenv('USHER_SOCKET_ID');

function request(array $app, string $method, string $path, array $query = [], array|object|null $body = null): object
{
    [$id, $key, $secret] = $app;
    $path = "/apps/$id$path";
    $content = $body === null ? '' : encode($body);
    $query += ['auth_key' => $key, 'auth_timestamp' => (string) time(), 'auth_version' => '1.0'];
    if ($body !== null) {
        $query['body_md5'] = md5($content);
    }
    ksort($query);
    $pairs = array_map(fn ($name, $value) => "$name=$value", array_keys($query), $query);
    $query['auth_signature'] = hash_hmac('sha256', implode("\n", [$method, $path, implode('&', $pairs)]), $secret);

    $url = sprintf('http://%s:%s%s?%s', getenv('USHER_HOST'), getenv('USHER_PORT'), $path, http_build_query($query));
    $options = ['method' => $method, 'header' => 'Content-Type: application/json', 'content' => $content];
    $text = file_get_contents($url, false, stream_context_create(['http' => $options + ['ignore_errors' => true]]));
    $status = (int) explode(' ', $http_response_header[0])[1];
    $answer = json_decode((string) $text);
    if ($status !== 200 || !is_object($answer)) {
        throw new RuntimeException("$status $text", $status);
    }
    return $answer;
}

function trigger(array $event): object
{
    global $app;
    return request($app, 'POST', '/events', [], ['data' => encode($event['data'])] + $event);
}

function authorize(string $channel, ?array $member = null): array
{
    global $socketId;
    $data = $member === null ? null : encode($member);
    $answer = ['auth' => sign($data === null ? "$socketId:$channel" : "$socketId:$channel:$data")];
    return $data === null ? $answer : $answer + ['channel_data' => $data];
}

function sign(string $text): string
{
    global $app;
    return $app[1] . ':' . hash_hmac('sha256', $text, $app[2]);
}

function sharedSecret(string $channel): string
{
    return hash('sha256', $channel . base64_decode(getenv('USHER_MASTER_KEY')), true);
}

function encrypt(string $channel, array $data): array
{
    $nonce = random_bytes(SODIUM_CRYPTO_SECRETBOX_NONCEBYTES);
    $ciphertext = sodium_crypto_secretbox(encode($data), $nonce, sharedSecret($channel));
    return ['nonce' => base64_encode($nonce), 'ciphertext' => base64_encode($ciphertext)];
}

function events(string $name, string $secret, ?string $signature = null): array
{
    $body = (string) getenv("USHER_{$name}_BODY");
    $expected = hash_hmac('sha256', $body, $secret);
    if (!hash_equals($expected, $signature ?? (string) getenv("USHER_{$name}_SIGNATURE"))) {
        throw new UnexpectedValueException('Invalid signature');
    }
    return json_decode($body)->events;
}

function failureOf(callable $run): string
{
    try {
        $run();
    } catch (RuntimeException $error) {
        return $error->getMessage();
    }
    throw new LogicException('expected an error');
}

function absent(string $name, string $why): void
{
    echo encode(['step' => $name, 'ok' => false, 'detail' => '', 'note' => $why]), "\n";
}

/** What `$run` returns becomes the detail; `$note` stands in the table in place of "yes". */
function step(string $name, callable $run, ?string $note = null): void
{
    try {
        $detail = $run();
        $line = ['step' => $name, 'ok' => true, 'detail' => is_string($detail) ? $detail : encode($detail)];
        echo encode($note === null ? $line : $line + ['note' => $note]), "\n";
    } catch (Throwable $error) {
        echo encode(['step' => $name, 'ok' => false, 'detail' => $error->getMessage()]), "\n";
    }
}

function encode(mixed $value): string
{
    return json_encode($value, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
}

step('sdk', fn () => '');
absent('client_from_url', '–');

step('channels_empty', fn () => request($emptyApp, 'GET', '/channels'));
step('channels', fn () => request($app, 'GET', '/channels', ['filter_by_prefix' => 'presence-', 'info' => 'user_count']));
step('channel', fn () => request($app, 'GET', '/channels/news', ['info' => 'subscription_count']));
step('channel_unoccupied', fn () => request($app, 'GET', '/channels/nobody-here'));
step('users', fn () => request($app, 'GET', '/channels/presence-room/users'));

step('trigger_one', fn () => trigger(['name' => 'one', 'channel' => 'news', 'data' => ['text' => 'żółć 🚀']]));
step('trigger_many', fn () => trigger(['name' => 'many', 'channels' => ['news', 'sport'], 'data' => ['n' => 2]]));
step('trigger_exclude', fn () => trigger(
    ['name' => 'exclude', 'channel' => 'news', 'data' => ['n' => 3], 'socket_id' => $socketId]
));
step('trigger_info', fn () => trigger([
    'name' => 'info',
    'channels' => ['news', 'presence-room'],
    'data' => ['n' => 4],
    'info' => 'subscription_count,user_count',
]));
step('batch', fn () => request($app, 'POST', '/batch_events', [], ['batch' => [
    ['channel' => 'news', 'name' => 'batch-first', 'data' => '{"n":5}'],
    ['channel' => 'sport', 'name' => 'batch-second', 'data' => '{"n":6}'],
]]));
step('batch_info', fn () => request($app, 'POST', '/batch_events', [], ['batch' => [
    ['channel' => 'news', 'name' => 'batch-info', 'data' => '{"n":7}', 'info' => 'subscription_count'],
    ['channel' => 'presence-room', 'name' => 'batch-info', 'data' => '{"n":8}', 'info' => 'user_count'],
]]));
step('trigger_encrypted', fn () => trigger([
    'name' => 'secret',
    'channel' => 'private-encrypted-vault',
    'data' => encrypt('private-encrypted-vault', ['text' => 'between us']),
]));

step('send_to_user', fn () => trigger(['name' => 'note', 'channel' => '#server-to-user-carol', 'data' => ['n' => 9]]));
step('terminate', fn () => request($app, 'POST', '/users/carol/terminate_connections', [], (object) []));

step('authorize_private', fn () => authorize('private-account'));
step('authorize_presence', fn () => authorize(
    'presence-lounge',
    ['user_id' => 'dora', 'user_info' => ['name' => 'Dora Ünal']]
));
step('authorize_encrypted', fn () => authorize('private-encrypted-vault')
    + ['shared_secret' => base64_encode(sharedSecret('private-encrypted-vault'))]);
step('authenticate_user', function () use ($socketId) {
    $user = encode(['id' => 'erin', 'user_info' => ['name' => 'Erin']]);
    return ['auth' => sign("$socketId::user::$user"), 'user_data' => $user];
});

step('wrong_secret', fn () => failureOf(
    fn () => request([$app[0], $app[1], 'wrong'], 'POST', '/events', [], ['name' => 'never', 'channel' => 'news', 'data' => ''])
), 'status 401');
step('too_large', fn () => failureOf(
    fn () => trigger(['name' => 'never', 'channel' => 'news', 'data' => str_repeat('x', 10_241)])
), 'status 413');

step('webhook', fn () => events('WEBHOOK', $app[2]));
step('webhook_published', fn () => events('PUBLISHED_WEBHOOK', getenv('USHER_PUBLISHED_WEBHOOK_SECRET')));
step('webhook_encrypted', fn () => events('ENCRYPTED_WEBHOOK', $app[2]));
step('webhook_forged', fn () => failureOf(fn () => events('WEBHOOK', $app[2], str_repeat('0', 64))));
