// The steps of interop/README.md with the official SDK for Go. One line of JSON for each.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"strings"

	"github.com/pusher/pusher-http-go/v5"
)

type data = map[string]any

var (
	host     = os.Getenv("USHER_HOST") + ":" + os.Getenv("USHER_PORT")
	appID    = os.Getenv("USHER_APP_ID")
	key      = os.Getenv("USHER_APP_KEY")
	secret   = os.Getenv("USHER_APP_SECRET")
	socketID = os.Getenv("USHER_SOCKET_ID")
	client   = connect(appID, key, secret)
)

func main() {
	step("sdk", "", func() (any, error) { return sdkVersion() })
	queries()
	triggers()
	users()
	authorizations()
	refusals()
	webhooks()
}

func queries() {
	step("channels_empty", "", func() (any, error) {
		empty := connect(
			os.Getenv("USHER_EMPTY_APP_ID"), os.Getenv("USHER_EMPTY_APP_KEY"), os.Getenv("USHER_EMPTY_APP_SECRET"))
		return empty.Channels(pusher.ChannelsParams{})
	})
	step("channels", "", func() (any, error) {
		prefix, info := "presence-", "user_count"
		return client.Channels(pusher.ChannelsParams{FilterByPrefix: &prefix, Info: &info})
	})
	step("channel", "", func() (any, error) {
		info := "subscription_count"
		return client.Channel("news", pusher.ChannelParams{Info: &info})
	})
	step("channel_unoccupied", "", func() (any, error) {
		channel, err := client.Channel("nobody-here", pusher.ChannelParams{})
		if err != nil {
			return nil, err
		}
		return data{"occupied": channel.Occupied}, nil // The SDK's own JSON leaves false out.
	})
	step("users", "", func() (any, error) { return client.GetChannelUsers("presence-room") })
}

func triggers() {
	step("client_from_url", "", func() (any, error) {
		fromURL, err := pusher.ClientFromURL(fmt.Sprintf("http://%s:%s@%s/apps/%s", key, secret, host, appID))
		if err != nil {
			return nil, err
		}
		return nil, fromURL.Trigger("news", "from-url", data{"n": 0})
	})
	step("trigger_one", "", func() (any, error) {
		return nil, client.Trigger("news", "one", data{"text": "żółć 🚀"})
	})
	step("trigger_many", "", func() (any, error) {
		return nil, client.TriggerMulti([]string{"news", "sport"}, "many", data{"n": 2})
	})
	step("trigger_exclude", "", func() (any, error) {
		return client.TriggerWithParams("news", "exclude", data{"n": 3}, pusher.TriggerParams{SocketID: &socketID})
	})
	step("trigger_info", "", func() (any, error) {
		info := "subscription_count,user_count"
		channels := []string{"news", "presence-room"}
		return client.TriggerMultiWithParams(channels, "info", data{"n": 4}, pusher.TriggerParams{Info: &info})
	})
	step("batch", "", func() (any, error) {
		return client.TriggerBatch([]pusher.Event{
			{Channel: "news", Name: "batch-first", Data: data{"n": 5}},
			{Channel: "sport", Name: "batch-second", Data: data{"n": 6}},
		})
	})
	step("batch_info", "", func() (any, error) {
		subscriptions, members := "subscription_count", "user_count"
		return client.TriggerBatch([]pusher.Event{
			{Channel: "news", Name: "batch-info", Data: data{"n": 7}, Info: &subscriptions},
			{Channel: "presence-room", Name: "batch-info", Data: data{"n": 8}, Info: &members},
		})
	})
	step("trigger_encrypted", "", func() (any, error) {
		return nil, client.Trigger("private-encrypted-vault", "secret", data{"text": "between us"})
	})
}

func users() {
	step("send_to_user", "", func() (any, error) { return nil, client.SendToUser("carol", "note", data{"n": 9}) })
	absent("terminate")
}

// The SDK takes the body of the request that pusher-js sends, and returns the body of the answer.
func authorizations() {
	request := func(channel string) []byte {
		return []byte(url.Values{"socket_id": {socketID}, "channel_name": {channel}}.Encode())
	}
	step("authorize_private", "", func() (any, error) {
		return client.AuthorizePrivateChannel(request("private-account"))
	})
	step("authorize_presence", "", func() (any, error) {
		member := pusher.MemberData{UserID: "dora", UserInfo: map[string]string{"name": "Dora Ünal"}}
		return client.AuthorizePresenceChannel(request("presence-lounge"), member)
	})
	step("authorize_encrypted", "", func() (any, error) {
		return client.AuthorizePrivateChannel(request("private-encrypted-vault"))
	})
	step("authenticate_user", "", func() (any, error) {
		request := []byte(url.Values{"socket_id": {socketID}}.Encode())
		return client.AuthenticateUser(request, data{"id": "erin", "user_info": data{"name": "Erin"}})
	})
}

// Every failure is a plain error here: the status stands in its text.
func refusals() {
	step("wrong_secret", "`error`, status in its text", func() (any, error) {
		return errorWith("Status Code: 401", connect(appID, key, "wrong").Trigger("news", "never", data{}))
	})
	step("too_large", "`error`, status in its text", func() (any, error) {
		patient := connect(appID, key, secret)
		patient.OverrideMaxMessagePayloadKB = 20 // Otherwise the SDK refuses by itself.
		return errorWith("Status Code: 413", patient.Trigger("news", "never", strings.Repeat("x", 10_241)))
	})
}

func webhooks() {
	step("webhook", "", func() (any, error) { return webhook("WEBHOOK", client, "") })
	step("webhook_published", "", func() (any, error) {
		// From Pusher's own tests, with an app of its own.
		published := connect(
			appID, os.Getenv("USHER_PUBLISHED_WEBHOOK_KEY"), os.Getenv("USHER_PUBLISHED_WEBHOOK_SECRET"))
		return webhook("PUBLISHED_WEBHOOK", published, "")
	})
	step("webhook_encrypted", "refused: the SDK decrypts every event there", func() (any, error) {
		_, err := webhook("ENCRYPTED_WEBHOOK", client, "")
		return errorWith("Failed to decrypt event", err)
	})
	step("webhook_forged", "", func() (any, error) {
		_, err := webhook("WEBHOOK", client, strings.Repeat("0", 64))
		return errorWith("Invalid webhook", err)
	})
}

func connect(appID, key, secret string) *pusher.Client {
	masterKey := os.Getenv("USHER_MASTER_KEY")
	return &pusher.Client{AppID: appID, Key: key, Secret: secret, Host: host, EncryptionMasterKeyBase64: masterKey}
}

func webhook(name string, receiver *pusher.Client, signature string) (any, error) {
	if signature == "" {
		signature = os.Getenv("USHER_" + name + "_SIGNATURE")
	}
	header := http.Header{}
	header.Set("X-Pusher-Key", receiver.Key)
	header.Set("X-Pusher-Signature", signature)
	hook, err := receiver.Webhook(header, []byte(os.Getenv("USHER_"+name+"_BODY")))
	if err != nil {
		return nil, err
	}
	return hook.Events, nil
}

// The error's text, if it is the expected one.
func errorWith(part string, err error) (any, error) {
	if err == nil {
		return nil, errors.New("expected an error")
	}
	if !strings.Contains(err.Error(), part) {
		return nil, err
	}
	return err.Error(), nil
}

// What run returns becomes the detail; note stands in the table in place of "yes".
func step(name, note string, run func() (any, error)) {
	result, err := run()
	if err != nil {
		report(name, false, err.Error(), "")
		return
	}
	report(name, true, asText(result), note)
}

func absent(name string) {
	report(name, false, "", "not in the SDK")
}

func report(name string, ok bool, detail, note string) {
	line := data{"step": name, "ok": ok, "detail": detail}
	if note != "" {
		line["note"] = note
	}
	encoded, _ := json.Marshal(line)
	fmt.Println(string(encoded))
}

func asText(value any) string {
	switch value := value.(type) {
	case nil:
		return "{}"
	case string:
		return value
	case []byte:
		return string(value)
	}
	encoded, _ := json.Marshal(value)
	return string(encoded)
}

func sdkVersion() (any, error) {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return nil, errors.New("no build information")
	}
	for _, module := range build.Deps {
		if strings.HasPrefix(module.Path, "github.com/pusher/") {
			return strings.TrimPrefix(module.Version, "v"), nil
		}
	}
	return nil, errors.New("the SDK is not in the build")
}
