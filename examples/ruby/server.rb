# Ruby without any gem: the signatures are made by hand, and so is the web server, which yours replaces.
# With a bearer token.
require "digest"
require "json"
require "net/http"
require "openssl"
require "securerandom"
require "socket"
require "uri"

KEY = ENV.fetch("USHER_APP_KEY")
SECRET = ENV.fetch("USHER_APP_SECRET")
USERS = {
  1 => { name: "Ada", avatar: "/avatars/ada.png" },
  2 => { name: "Grace", avatar: "/avatars/grace.png" }
}.freeze
TOKENS = {} # token => id of the user

def authorize(headers, body)
  user_id = TOKENS[headers["authorization"].to_s.delete_prefix("Bearer ")]
  return [401, nil] unless user_id

  socket_id, channel = URI.decode_www_form(body).to_h.values_at("socket_id", "channel_name")
  # \A and \z, since ^ and $ match at every line.
  return [400, nil] unless socket_id&.match?(/\A\d+\.\d+\z/)

  if channel == "private-user-#{user_id}"
    [200, { auth: sign("#{socket_id}:#{channel}") }]
  elsif channel&.match?(/\Apresence-room-[a-z0-9-]{1,100}\z/)
    # Signed and sent as the same text, byte for byte.
    member = JSON.generate(user_id: user_id.to_s, user_info: USERS[user_id])
    [200, { auth: sign("#{socket_id}:#{channel}:#{member}"), channel_data: member }]
  else
    [403, nil]
  end
end

def log_in(body)
  user_id = JSON.parse(body)["user"] # Yours asks for a password.
  return [401, nil] unless USERS.key?(user_id)

  token = SecureRandom.hex(16)
  TOKENS[token] = user_id
  trigger("private-user-#{user_id}", "signed-in", { name: USERS[user_id][:name] })
  [200, { token: token }]
end

def sign(text)
  "#{KEY}:#{hmac(text)}"
end

def hmac(text)
  OpenSSL::HMAC.hexdigest("SHA256", SECRET, text)
end

def trigger(channel, event, data)
  path = "/apps/#{ENV.fetch("USHER_APP_ID")}/events"
  body = JSON.generate(name: event, channels: [channel], data: JSON.generate(data))
  # In alphabetical order, as they are signed.
  query = "auth_key=#{KEY}&auth_timestamp=#{Time.now.to_i}&auth_version=1.0&body_md5=#{Digest::MD5.hexdigest(body)}"
  uri = URI("http://127.0.0.1:#{ENV.fetch("USHER_PORT", "6001")}#{path}?#{query}")
  uri.query += "&auth_signature=#{hmac("POST\n#{path}\n#{query}")}"
  response = Net::HTTP.post(uri, body, "Content-Type" => "application/json")
  warn "#{event} was not triggered: #{response.code} #{response.body}" unless response.code == "200"
end

def serve(client)
  method, path = client.gets.to_s.split
  headers = {}
  while (line = client.gets&.chomp) && !line.empty?
    name, value = line.split(": ", 2)
    headers[name.downcase] = value
  end
  body = client.read(headers["content-length"].to_i)
  status, answer =
    case [method, path]
    when ["POST", "/pusher/auth"] then authorize(headers, body)
    when ["POST", "/login"] then log_in(body)
    else [404, nil]
    end
  text = answer ? JSON.generate(answer) : ""
  client.write("HTTP/1.1 #{status} -\r\nContent-Type: application/json\r\n" \
               "Content-Length: #{text.bytesize}\r\nConnection: close\r\n\r\n#{text}")
ensure
  client.close
end

server = TCPServer.new("127.0.0.1", ENV.fetch("PORT", "3000").to_i)
puts "Listening on http://127.0.0.1:#{server.addr[1]}"
loop { Thread.new(server.accept) { |client| serve(client) } }
