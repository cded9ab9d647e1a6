# The steps of interop/README.md in plain Ruby, everything signed by hand. One line of JSON for each.
# Encrypted events are left out: the standard library has no secretbox.
require "base64"
require "digest"
require "json"
require "net/http"
require "openssl"

App = Struct.new(:id, :key, :secret)

APP = App.new(*ENV.values_at("USHER_APP_ID", "USHER_APP_KEY", "USHER_APP_SECRET"))
EMPTY_APP = App.new(*ENV.values_at("USHER_EMPTY_APP_ID", "USHER_EMPTY_APP_KEY", "USHER_EMPTY_APP_SECRET"))
SOCKET_ID = ENV.fetch("USHER_SOCKET_ID")

class Refused < StandardError; end

def hmac(secret, text)
  OpenSSL::HMAC.hexdigest("SHA256", secret, text)
end

def request(app, method, path, query = {}, body = nil)
  path = "/apps/#{app.id}#{path}"
  content = body && JSON.generate(body)
  query = query.merge("auth_key" => app.key, "auth_timestamp" => Time.now.to_i.to_s, "auth_version" => "1.0")
  query["body_md5"] = Digest::MD5.hexdigest(content) if content
  pairs = query.sort.map { |name, value| "#{name}=#{value}" }.join("&")
  query["auth_signature"] = hmac(app.secret, [method, path, pairs].join("\n"))

  response = Net::HTTP.start(ENV.fetch("USHER_HOST"), ENV.fetch("USHER_PORT").to_i) do |http|
    target = "#{path}?#{URI.encode_www_form(query)}"
    http.send_request(method, target, content, { "Content-Type" => "application/json" })
  end
  raise Refused, "#{response.code} #{response.body}" unless response.code == "200"

  JSON.parse(response.body)
end

def trigger(event)
  request(APP, "POST", "/events", {}, event.merge(data: JSON.generate(event[:data])))
end

def authorize(channel, member = nil)
  data = member && JSON.generate(member)
  signature = hmac(APP.secret, [SOCKET_ID, channel, data].compact.join(":"))
  { auth: "#{APP.key}:#{signature}", channel_data: data }.compact
end

def shared_secret(channel)
  Base64.strict_encode64(Digest::SHA256.digest(channel + Base64.decode64(ENV.fetch("USHER_MASTER_KEY"))))
end

def events(name, secret, signature = ENV.fetch("USHER_#{name}_SIGNATURE"))
  body = ENV.fetch("USHER_#{name}_BODY")
  raise Refused, "Invalid signature" unless OpenSSL.secure_compare(hmac(secret, body), signature)

  JSON.parse(body)["events"]
end

def failure_of
  yield
  raise "expected an error"
rescue Refused => error
  error.message
end

# What the block returns becomes the detail; `note` stands in the table in place of "yes".
def step(name, note: nil)
  detail = yield
  report(step: name, ok: true, detail: detail.is_a?(String) ? detail : JSON.generate(detail), note: note)
rescue StandardError => error
  report(step: name, ok: false, detail: "#{error.class}: #{error.message}")
end

def absent(name, why)
  report(step: name, ok: false, detail: "", note: why)
end

def report(line)
  puts JSON.generate(line.compact)
end

step("sdk") { "" }
absent("client_from_url", "–")

step("channels_empty") { request(EMPTY_APP, "GET", "/channels") }
step("channels") do
  request(APP, "GET", "/channels", { "filter_by_prefix" => "presence-", "info" => "user_count" })
end
step("channel") { request(APP, "GET", "/channels/news", { "info" => "subscription_count" }) }
step("channel_unoccupied") { request(APP, "GET", "/channels/nobody-here") }
step("users") { request(APP, "GET", "/channels/presence-room/users") }

step("trigger_one") { trigger(name: "one", channels: ["news"], data: { text: "żółć 🚀" }) }
step("trigger_many") { trigger(name: "many", channels: ["news", "sport"], data: { n: 2 }) }
step("trigger_exclude") { trigger(name: "exclude", channels: ["news"], data: { n: 3 }, socket_id: SOCKET_ID) }
step("trigger_info") do
  info = "subscription_count,user_count"
  trigger(name: "info", channels: ["news", "presence-room"], data: { n: 4 }, info: info)
end
step("batch") do
  request(APP, "POST", "/batch_events", {}, batch: [
    { channel: "news", name: "batch-first", data: '{"n":5}' },
    { channel: "sport", name: "batch-second", data: '{"n":6}' },
  ])
end
step("batch_info") do
  request(APP, "POST", "/batch_events", {}, batch: [
    { channel: "news", name: "batch-info", data: '{"n":7}', info: "subscription_count" },
    { channel: "presence-room", name: "batch-info", data: '{"n":8}', info: "user_count" },
  ])
end
absent("trigger_encrypted", "not in the standard library")

step("send_to_user") { trigger(name: "note", channels: ["#server-to-user-carol"], data: { n: 9 }) }
step("terminate") { request(APP, "POST", "/users/carol/terminate_connections", {}, {}) }

step("authorize_private") { authorize("private-account") }
step("authorize_presence") { authorize("presence-lounge", { user_id: "dora", user_info: { name: "Dora Ünal" } }) }
step("authorize_encrypted") do
  channel = "private-encrypted-vault"
  authorize(channel).merge(shared_secret: shared_secret(channel))
end
step("authenticate_user") do
  user = JSON.generate({ id: "erin", user_info: { name: "Erin" } })
  { auth: "#{APP.key}:#{hmac(APP.secret, "#{SOCKET_ID}::user::#{user}")}", user_data: user }
end

step("wrong_secret", note: "status 401") do
  wrong = App.new(APP.id, APP.key, "wrong")
  failure_of { request(wrong, "POST", "/events", {}, { name: "never", channels: ["news"], data: "" }) }
end
step("too_large", note: "status 413") do
  failure_of { trigger(name: "never", channels: ["news"], data: "x" * 10_241) }
end

step("webhook") { events("WEBHOOK", APP.secret) }
step("webhook_published") { events("PUBLISHED_WEBHOOK", ENV.fetch("USHER_PUBLISHED_WEBHOOK_SECRET")) }
step("webhook_encrypted") { events("ENCRYPTED_WEBHOOK", APP.secret) }
step("webhook_forged") { failure_of { events("WEBHOOK", APP.secret, "0" * 64) } }
