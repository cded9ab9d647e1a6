/**
 * Worked examples of the protocol's signatures: what goes in, the exact text that is signed, and the result. Those with
 * another source than "own" are published; the own ones were checked against the official Node library where it has the
 * feature. Every package that signs or verifies is held to them.
 */

/** The app of every example that names no other. */
export const EXAMPLE_APP = {
  id: "3",
  key: "278d425bdf160c739803",
  secret: "7ad3773142a6692b25b8",
  /** For the examples of a rotation: both secrets are valid then. */
  secondSecret: "ffeeddccbbaa99887766",
} as const;

const DOCS = "Pusher docs, authentication signatures";
const NODE_TESTS = "tests of the pusher-http-node library";

/** A signature that lets a connection subscribe. */
export interface ChannelExample {
  readonly source: string;
  readonly secret: string;
  readonly socketId: string;
  readonly channel: string;
  readonly channelData?: string;
  readonly stringToSign: string;
  readonly digest: string;
}

/** A signature that lets a connection sign in. */
export interface UserExample {
  readonly source: string;
  readonly secret: string;
  readonly socketId: string;
  readonly userData: string;
  readonly stringToSign: string;
  readonly digest: string;
}

export const CHANNEL_EXAMPLES: readonly ChannelExample[] = [
  {
    source: DOCS,
    secret: EXAMPLE_APP.secret,
    socketId: "1234.1234",
    channel: "private-foobar",
    stringToSign: "1234.1234:private-foobar",
    digest: "58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4",
  },
  {
    source: `${DOCS}; the digest printed there belongs to this text, not to the one beside it`,
    secret: EXAMPLE_APP.secret,
    socketId: "1234.1234",
    channel: "presence-foobar",
    channelData: '{"user_id":10,"user_info":{"name":"Mr. Pusher"}}',
    stringToSign: '1234.1234:presence-foobar:{"user_id":10,"user_info":{"name":"Mr. Pusher"}}',
    digest: "afaed3695da2ffd16931f457e338e6c9f2921fa133ce7dac49f529792be6304c",
  },
  {
    source: "own: the text printed in the docs with the digest that belongs to it",
    secret: EXAMPLE_APP.secret,
    socketId: "1234.1234",
    channel: "presence-foobar",
    channelData: '{"user_id":10,"user_info":{"name":"Mr. Channels"}}',
    stringToSign: '1234.1234:presence-foobar:{"user_id":10,"user_info":{"name":"Mr. Channels"}}',
    digest: "31935e7d86dba64c2a90aed31fdc61869f9b22ba9d8863bba239c03ca481bc80",
  },
  {
    source: DOCS,
    secret: EXAMPLE_APP.secret,
    socketId: "1234.1234",
    channel: "presence-foobar",
    channelData: '{"user_id":"10","user_info":{"name":"Mr. Pusher"}}',
    stringToSign: '1234.1234:presence-foobar:{"user_id":"10","user_info":{"name":"Mr. Pusher"}}',
    digest: "48dac51d2d7569e1e9c0f48c227d4b26f238fa68e5c0bb04222c966909c4f7c4",
  },
  {
    source: "own",
    secret: EXAMPLE_APP.secret,
    socketId: "1234.1234",
    channel: "presence-foobar",
    channelData: '{"user_id":"10","user_info":{"name":"Mr. Channels"}}',
    stringToSign: '1234.1234:presence-foobar:{"user_id":"10","user_info":{"name":"Mr. Channels"}}',
    digest: "4c6d8fc42a207ba96a0779844171b0bb819d96ffceef9609f5cce596ab17a800",
  },
  {
    source: "own: through sign-in",
    secret: EXAMPLE_APP.secret,
    socketId: "1234.1234",
    channel: "presence-foobar",
    stringToSign: "1234.1234:presence-foobar",
    digest: "71506e66e7fdca106571b8999a849ad34245bc653772e51e0026c1a2475b92ba",
  },
  {
    source: "own: whitespace matters",
    secret: EXAMPLE_APP.secret,
    socketId: "1234.1234",
    channel: "presence-foobar",
    channelData: '{"user_id": "10"}',
    stringToSign: '1234.1234:presence-foobar:{"user_id": "10"}',
    digest: "63cdaf5fdaad0fb61ea592daf8cc2b2fbc5c62d82879a3c127600482129b634a",
  },
  {
    source: "own: UTF-8",
    secret: EXAMPLE_APP.secret,
    socketId: "1234.1234",
    channel: "presence-foobar",
    channelData: '{"user_id":"ü1","user_info":{"name":"Zoë 🎉"}}',
    stringToSign: '1234.1234:presence-foobar:{"user_id":"ü1","user_info":{"name":"Zoë 🎉"}}',
    digest: "17901996d685112ebf452d2b501821fe8e0f154d6d2f9ac3cdd051fb8ef60726",
  },
  {
    source: "own: an escaped character makes another string",
    secret: EXAMPLE_APP.secret,
    socketId: "1234.1234",
    channel: "presence-foobar",
    channelData: '{"user_id":"\\u00fc1"}',
    stringToSign: '1234.1234:presence-foobar:{"user_id":"\\u00fc1"}',
    digest: "336950c89208ee9c4b5ad4e5a52f34714ea775337144377028af61f4a9f66032",
  },
  {
    source: "own",
    secret: EXAMPLE_APP.secret,
    socketId: "1234.1234",
    channel: "presence-cache-foobar",
    channelData: '{"user_id":"10"}',
    stringToSign: '1234.1234:presence-cache-foobar:{"user_id":"10"}',
    digest: "01d6b8ce6a668891d3ded2167ec0da3f4d90f5d6fb8f20ad4c1e7fdfebd1e976",
  },
  {
    source: "own",
    secret: EXAMPLE_APP.secret,
    socketId: "1234.1234",
    channel: "private-cache-foobar",
    stringToSign: "1234.1234:private-cache-foobar",
    digest: "395f4a03f06e17b74af8d9c58386cf386e70176f58452420f042b6e1bddefa43",
  },
  {
    source: "own",
    secret: EXAMPLE_APP.secret,
    socketId: "1234.1234",
    channel: "private-encrypted-foobar",
    stringToSign: "1234.1234:private-encrypted-foobar",
    digest: "e6a18892d037c5d5e76a2265df4f086ffc38631605530dfd214aa5bff495f533",
  },
  {
    source: "own: private with data",
    secret: EXAMPLE_APP.secret,
    socketId: "1234.1234",
    channel: "private-foobar",
    channelData: '{"tenant":"a"}',
    stringToSign: '1234.1234:private-foobar:{"tenant":"a"}',
    digest: "c24eedc2f71a7e787ccdbccddc592bf0586fd6cff330a7d74cfe62884fea4a13",
  },
  {
    source: NODE_TESTS,
    secret: "tofu",
    socketId: "123.456",
    channel: "test",
    stringToSign: "123.456:test",
    digest: "efa6cf7644a0b35cba36aa0f776f3cbf7bb60e95ea2696bde1dbe8403b61bd7c",
  },
  {
    source: NODE_TESTS,
    secret: "tofu",
    socketId: "123.456",
    channel: "test",
    channelData: '{"foo":"bar"}',
    stringToSign: '123.456:test:{"foo":"bar"}',
    digest: "f41faf9ead2ea76772cc6b1168363057459f02499ae4d92e88229dc7f4efa2d4",
  },
  {
    source: NODE_TESTS,
    secret: "tofu",
    socketId: "1.1",
    channel: "test",
    channelData: '"ą§¶™€łü€ß£"',
    stringToSign: '1.1:test:"ą§¶™€łü€ß£"',
    digest: "2a229263e89d9c50524fd80c2e88be2843379f6931e28995e2cc214282c9db0c",
  },
  {
    source: NODE_TESTS,
    secret: "tofu",
    socketId: "123.456",
    channel: "private-encrypted-bla",
    channelData: '"foo"',
    stringToSign: '123.456:private-encrypted-bla:"foo"',
    digest: "962c48b78bf93d98ff4c92ee7dff04865821455b7b401e9d60a9e0a90af2c105",
  },
];

export const USER_EXAMPLES: readonly UserExample[] = [
  {
    source: DOCS,
    secret: EXAMPLE_APP.secret,
    socketId: "1234.1234",
    userData: '{"id":"12345"}',
    stringToSign: '1234.1234::user::{"id":"12345"}',
    digest: "4708d583dada6a56435fb8bc611c77c359a31eebde13337c16ab43aa6de336ba",
  },
  {
    source: "own: watchlist",
    secret: EXAMPLE_APP.secret,
    socketId: "1234.1234",
    userData: '{"id":"12345","user_info":{"name":"Jo"},"watchlist":["2","3"]}',
    stringToSign: '1234.1234::user::{"id":"12345","user_info":{"name":"Jo"},"watchlist":["2","3"]}',
    digest: "8497beeabedb5da6c848d6d8f8a903b895d7b4195772383849e7d5a560bd2324",
  },
  {
    source: NODE_TESTS,
    secret: "tofu",
    socketId: "123.456",
    userData: '{"id":"45678"}',
    stringToSign: '123.456::user::{"id":"45678"}',
    digest: "f4b1fdeea7c93e32648c7230e32b172057c5623cace6cfce791c6e7035e0babd",
  },
];

/** A signed request to the HTTP API. */
export interface HttpExample {
  readonly source: string;
  readonly secret: string;
  readonly method: string;
  readonly path: string;
  /** As sent, without `auth_signature`. */
  readonly rawQuery: string;
  readonly body: string;
  readonly stringToSign: string;
  readonly digest: string;
}

const DOCS_QUERY = "auth_key=278d425bdf160c739803&auth_timestamp=1353088179&auth_version=1.0";

export const HTTP_EXAMPLES: readonly HttpExample[] = [
  {
    source: "Pusher docs, HTTP API, worked authentication example",
    secret: EXAMPLE_APP.secret,
    method: "POST",
    path: "/apps/3/events",
    rawQuery: `${DOCS_QUERY}&body_md5=ec365a775a4cd0599faeb73354201b6f`,
    body: '{"name":"foo","channels":["project-3"],"data":"{\\"some\\":\\"data\\"}"}',
    stringToSign: `POST\n/apps/3/events\n${DOCS_QUERY}&body_md5=ec365a775a4cd0599faeb73354201b6f`,
    digest: "da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c",
  },
  {
    source: "own",
    secret: EXAMPLE_APP.secret,
    method: "GET",
    path: "/apps/3/channels",
    rawQuery: DOCS_QUERY,
    body: "",
    stringToSign: `GET\n/apps/3/channels\n${DOCS_QUERY}`,
    digest: "1cafa6382331c976588eb6bd3925a988e4158402be06c4626d0e97d2981f5382",
  },
  {
    source: "own",
    secret: EXAMPLE_APP.secret,
    method: "GET",
    path: "/apps/3/channels",
    rawQuery: `${DOCS_QUERY}&filter_by_prefix=presence-&info=user_count`,
    body: "",
    stringToSign: `GET\n/apps/3/channels\n${DOCS_QUERY}&filter_by_prefix=presence-&info=user_count`,
    digest: "16819168891cb5dfd72b5c7a5d3d602605b26c6ba1930033b5e2eeeb65010291",
  },
  {
    source: "own: a comma as it is",
    secret: EXAMPLE_APP.secret,
    method: "GET",
    path: "/apps/3/channels/presence-foobar",
    rawQuery: `${DOCS_QUERY}&info=user_count,subscription_count`,
    body: "",
    stringToSign: `GET\n/apps/3/channels/presence-foobar\n${DOCS_QUERY}&info=user_count,subscription_count`,
    digest: "377ee9260ea002a70c0d40cd887d55cb36db9f7f821297f5efacbcce66be356d",
  },
  {
    source: "own: the same comma escaped",
    secret: EXAMPLE_APP.secret,
    method: "GET",
    path: "/apps/3/channels/presence-foobar",
    rawQuery: `${DOCS_QUERY}&info=user_count%2Csubscription_count`,
    body: "",
    stringToSign: `GET\n/apps/3/channels/presence-foobar\n${DOCS_QUERY}&info=user_count,subscription_count`,
    digest: "377ee9260ea002a70c0d40cd887d55cb36db9f7f821297f5efacbcce66be356d",
  },
  {
    source: "own",
    secret: EXAMPLE_APP.secret,
    method: "GET",
    path: "/apps/3/channels/presence-foobar/users",
    rawQuery: DOCS_QUERY,
    body: "",
    stringToSign: `GET\n/apps/3/channels/presence-foobar/users\n${DOCS_QUERY}`,
    digest: "5567dd30e7f8575e66be615d2aac3f608a0c311c31ddab8513a278b022e9597e",
  },
  {
    source: "own: body_md5 of nothing, as the Python library sends it",
    secret: EXAMPLE_APP.secret,
    method: "GET",
    path: "/apps/3/channels/presence-foobar/users",
    rawQuery: `${DOCS_QUERY}&body_md5=d41d8cd98f00b204e9800998ecf8427e`,
    body: "",
    stringToSign: `GET\n/apps/3/channels/presence-foobar/users\n${DOCS_QUERY}&body_md5=d41d8cd98f00b204e9800998ecf8427e`,
    digest: "3d68b512095fd42cb6741cc80616761b1c77d00fcc4d6d9740f09504a4b761b0",
  },
  {
    source: "own",
    secret: EXAMPLE_APP.secret,
    method: "POST",
    path: "/apps/3/batch_events",
    rawQuery: `${DOCS_QUERY}&body_md5=958d5f22e96f5c8f686e1ce3083d4934`,
    body: '{"batch":[{"name":"e1","channel":"c1","data":"1"},{"name":"e2","channel":"c2","data":"2","socket_id":"1234.1234"}]}',
    stringToSign: `POST\n/apps/3/batch_events\n${DOCS_QUERY}&body_md5=958d5f22e96f5c8f686e1ce3083d4934`,
    digest: "2058636835821c5c9655f73977789e19684ccbb66d01296934c788fe58033ca9",
  },
  {
    source: "own",
    secret: EXAMPLE_APP.secret,
    method: "POST",
    path: "/apps/3/users/12345/terminate_connections",
    rawQuery: `${DOCS_QUERY}&body_md5=99914b932bd37a50b983c5e7c90ae93b`,
    body: "{}",
    stringToSign: `POST\n/apps/3/users/12345/terminate_connections\n${DOCS_QUERY}&body_md5=99914b932bd37a50b983c5e7c90ae93b`,
    digest: "01fa634edeb0cae84115307cad5c23f65a46cd286461b1c89637a3b5871a8f0e",
  },
  {
    source: "own: an escaped path",
    secret: EXAMPLE_APP.secret,
    method: "POST",
    path: "/apps/3/users/a%20b/terminate_connections",
    rawQuery: `${DOCS_QUERY}&body_md5=99914b932bd37a50b983c5e7c90ae93b`,
    body: "{}",
    stringToSign: `POST\n/apps/3/users/a%20b/terminate_connections\n${DOCS_QUERY}&body_md5=99914b932bd37a50b983c5e7c90ae93b`,
    digest: "a5b7d417f5f468b138e97c20e3c36da6f4f738f40dfa0a63523c968046baa9a5",
  },
  {
    source: "own: a body in UTF-8",
    secret: EXAMPLE_APP.secret,
    method: "POST",
    path: "/apps/3/events",
    rawQuery: `${DOCS_QUERY}&body_md5=4b91afe74a902afd3b2c2d5b9cdcfb04`,
    body: '{"name":"ünï","channels":["c"],"data":"\\"żółć\\""}',
    stringToSign: `POST\n/apps/3/events\n${DOCS_QUERY}&body_md5=4b91afe74a902afd3b2c2d5b9cdcfb04`,
    digest: "c27afbbde6577803bbfd5893b3f51e7ed9cfeb2ab27fdc41ac2a0dc74005bedc",
  },
  {
    source: "own: an event in the query, with an array",
    secret: EXAMPLE_APP.secret,
    method: "POST",
    path: "/apps/3/events",
    rawQuery: `${DOCS_QUERY}&channels[]=a&channels[]=b&data=x&name=foo`,
    body: "",
    stringToSign: `POST\n/apps/3/events\n${DOCS_QUERY}&channels[]=a&channels[]=b&data=x&name=foo`,
    digest: "04e666ab371eb9c7ca39d9ed1bc77d310d69a88358b790e1255609e4e51d9876",
  },
  {
    source: "own: an upper-case key, and a value with a space",
    secret: EXAMPLE_APP.secret,
    method: "GET",
    path: "/apps/3/channels",
    rawQuery: `Name=Something%20else&${DOCS_QUERY}`,
    body: "",
    stringToSign: `GET\n/apps/3/channels\n${DOCS_QUERY}&name=Something else`,
    digest: "e661e8bf75b3959cbeab2cee466c873b918e39bfd0980693aadf77d4da8ba77c",
  },
  {
    source: NODE_TESTS,
    secret: "tofu",
    method: "GET",
    path: "/event",
    rawQuery:
      "auth_key=f00d&auth_timestamp=1234567890&auth_version=1.0&body_md5=165d5e6d7ca8f73b3853ce45addf42fc",
    body: "example body",
    stringToSign:
      "GET\n/event\nauth_key=f00d&auth_timestamp=1234567890&auth_version=1.0&body_md5=165d5e6d7ca8f73b3853ce45addf42fc",
    digest: "a650196dc427ebe837226f8565ca9232198c6d1b9455eaa72374a9dc0b620e7b",
  },
  {
    source: NODE_TESTS,
    secret: "tofu",
    method: "GET",
    path: "/event",
    rawQuery: "auth_key=f00d&auth_timestamp=1234567890&auth_version=1.0&baz=123454321&foo=bar",
    body: "",
    stringToSign:
      "GET\n/event\nauth_key=f00d&auth_timestamp=1234567890&auth_version=1.0&baz=123454321&foo=bar",
    digest: "d8bdbd31911fb7400a14fbd36fd7de053494725b64400ae5856deafe304b34a9",
  },
  {
    source: "tests of the pusher-signature gem",
    secret: "secret",
    method: "POST",
    path: "/some/path",
    rawQuery: "auth_key=key&auth_timestamp=1234&auth_version=1.0&go=here&query=params",
    body: "",
    stringToSign: "POST\n/some/path\nauth_key=key&auth_timestamp=1234&auth_version=1.0&go=here&query=params",
    digest: "3b237953a5ba6619875cbb2a2d43e8da9ef5824e8a2c689f6284ac85bc1ea0db",
  },
];

/** A webhook: the signature in `X-Pusher-Signature` covers the body as it is. */
export interface WebhookExample {
  readonly source: string;
  readonly secret: string;
  readonly body: string;
  readonly digest: string;
}

export const WEBHOOK_EXAMPLES: readonly WebhookExample[] = [
  {
    source: NODE_TESTS,
    secret: "tofu",
    body: '{"time_ms":1403175510755,"events":[{"channel":"test_channel","name":"channel_vacated"}]}',
    digest: "c17257e92037cd7de407ebc1ed174ceb7b2e518db127f44411b9ffc4f5b28cc5",
  },
  {
    source: "own",
    secret: EXAMPLE_APP.secret,
    body: '{"time_ms":1353088179000,"events":[{"name":"channel_occupied","channel":"project-3"}]}',
    digest: "92126e5746ea30b7a10aa24e7721bc898678a1d22a8112b752d27f70f04f41b3",
  },
  {
    source: "own",
    secret: EXAMPLE_APP.secret,
    body: '{"time_ms":1353088179000,"events":[{"name":"member_added","channel":"presence-foobar","user_id":"10"},{"name":"client_event","channel":"presence-foobar","event":"client-typing","data":"{\\"on\\":true}","socket_id":"1234.1234","user_id":"10"}]}',
    digest: "427b44726d7ea8cc9f20e3de0e8ac962a60d8e31c3c58c0149d90528156ae8d0",
  },
];

/** The same texts signed with the second secret of a rotation. Own. */
export const ROTATION_EXAMPLES = [
  {
    what: "a private channel",
    text: "1234.1234:private-foobar",
    digest: "26bfc35f1191165aabd3253c9c5f5fecb965c2b32982702468f336edcfd80ad6",
  },
  {
    what: "a user",
    text: '1234.1234::user::{"id":"12345"}',
    digest: "5acddb347f4d0327dfa9f2b23c75886b41e0862aafce951db0ced0edcfa590b7",
  },
  {
    what: "the worked HTTP example",
    text: `POST\n/apps/3/events\n${DOCS_QUERY}&body_md5=ec365a775a4cd0599faeb73354201b6f`,
    digest: "d8ee49e1c78ee34ce584598dccfdca3254ebecbeb3173021302ab30d1db7deaf",
  },
  {
    what: "a webhook",
    text: '{"time_ms":1353088179000,"events":[{"name":"channel_occupied","channel":"project-3"}]}',
    digest: "915515bcfd7d5e47211c47f65e8060f5037829deb5ac74e07ed96f1aa7c318e6",
  },
] as const;
