import { connect } from "node:net"
import { startTestGateway, type TestGateway } from "../gateway.ts"
import { type RawRequest, rawRequest, sendRaw, soon, startRawUpstream } from "../raw-http.ts"
import type { FuzzTarget } from "./fuzz-target.ts"
import { hold, parseJson } from "./hold.ts"

/** Where the key stands in an input; the corpus holds no key. */
const keyMark = "{{key}}"
/** Where one packet ends and the next begins. */
const packetMark = Buffer.from("{{packet}}")

/** An answer, or the end of the connection, must have come by then, in milliseconds. */
const longestWaitMs = 8000
/** How long a client listens before it ends its side, once it has said everything: a little more for those still unanswered. */
const silence = { answeredMs: 8, unansweredMs: 60 }
/** Resident memory a run may add, in bytes: buffers that wait for the collector included. */
const memoryBudget = 768 * 1024 * 1024

const request = (line: string, headers: readonly string[], body: string): string =>
  [line, "host: g", ...headers, "", body].join("\r\n")
const chat = "POST /v1/chat/completions HTTP/1.1"
const body = '{"model":"gpt-4o-mini","messages":[]}'
const whole = request(chat, [`x-sluice-key: ${keyMark}`, `content-length: ${body.length}`], body)
const anonymous = request(chat, [`content-length: ${body.length}`], body)

const seeds: readonly string[] = [
  whole,
  whole + anonymous,
  anonymous + whole,
  `${whole.slice(0, 60)}{{packet}}${whole.slice(60, 120)}{{packet}}${whole.slice(120)}`,
  request(chat, [`authorization: Bearer ${keyMark}`, "transfer-encoding: chunked"], `25\r\n${body}\r\n0\r\n\r\n`),
  request(
    chat,
    [`x-api-key: ${keyMark}`, "transfer-encoding: chunked"],
    `5;a=b\r\n${body.slice(0, 5)}\r\n20\r\n${body.slice(5)}\r\n0\r\nx-t: y\r\n\r\n`,
  ),
  request(chat, [`api-key: ${keyMark}`, "expect: 100-continue", `content-length: ${body.length}`], body),
  request("POST /v1/messages HTTP/1.1", [`x-api-key: ${keyMark}`, "content-length: 37"], body),
  request(`POST /v1beta/models/gpt-4o-mini:generateContent?key=${keyMark} HTTP/1.1`, ["content-length: 2"], "{}"),
  request("GET /v1/models HTTP/1.1", [`x-sluice-key: ${keyMark}`], ""),
  request(
    "POST /openai/deployments/gpt-4o-mini/chat/completions?api-version=1 HTTP/1.1",
    [`api-key: ${keyMark}`, "x-sluice-provider: openai", "content-length: 15"],
    '{"messages":[]}',
  ),
  request(
    "POST /v1/audio/transcriptions HTTP/1.1",
    [`x-sluice-key: ${keyMark}`, "content-type: multipart/form-data; boundary=b", "content-length: 76"],
    '--b\r\ncontent-disposition: form-data; name="model"\r\n\r\ngpt-4o-mini\r\n--b--\r\n',
  ),
  request("GET /healthz HTTP/1.0", ["connection: keep-alive"], "GET / HTTP/1.1\r\nhost: g\r\n\r\n"),
]

const tokens: readonly string[] = [
  ...[
    "\r\n",
    "\r\n\r\n",
    "\n",
    "\r",
    "\0",
    " ",
    "\t",
    ":",
    "0\r\n\r\n",
    "{{packet}}",
    "{{packet}}{{packet}}",
    keyMark,
    whole,
    anonymous,
  ],
  ...[
    "content-length: 37\r\n",
    "content-length: 0\r\n",
    "Content-Length: +37\r\n",
    "content-length : 2\r\n",
    "content-length: 37, 2\r\n",
  ],
  ...[
    "transfer-encoding: chunked\r\n",
    "Transfer-Encoding: identity\r\n",
    "transfer-encoding:\tchunked\r\n",
    "transfer-encoding: x\r\n",
  ],
  ...[
    `x-sluice-key: ${keyMark}\r\n`,
    `authorization: Bearer ${keyMark}\r\n`,
    "connection: close\r\n",
    "connection: x-sluice-key\r\n",
  ],
  ...[
    "expect: 100-continue\r\n",
    "upgrade: h2c\r\n",
    "content-encoding: gzip\r\n",
    "x-sluice-provider: openai\r\n",
    "host: x\r\n",
    " folded\r\n",
  ],
  ...[
    "GET",
    "POST",
    "HEAD",
    "OPTIONS",
    "CONNECT",
    "PRI * HTTP/2.0\r\n\r\n",
    "HTTP/1.1",
    "HTTP/1.0",
    "HTTP/0.9",
    "http://x/",
    "//",
    "/../",
    "%2f",
    "%00",
  ],
  ...[
    "/openai/deployments/gpt-4o-mini/chat/completions",
    "/openai/v1/",
    "/v1/files",
    "/v1/audio/transcriptions",
    "x-sluice-provider: azure\r\n",
    "content-type: multipart/form-data; boundary=b\r\n",
    "--b\r\n",
    'content-disposition: form-data; name="model"\r\n\r\n',
    '"model":"gpt-4o"',
    '"Model":"gpt-4o"',
    '"mod\\u0065l":"gpt-4o",',
    '"model":"gpt-4o-mini",',
    '"stream":true,',
    "\\u0000",
    "\xff",
    "\xc0\xaf",
  ],
  ...[
    "[".repeat(600),
    "]".repeat(600),
    "ffffffffffffffff\r\n",
    "7fffffff\r\n",
    "?key=",
    "&key=",
    "a: b\r\n".repeat(300),
  ],
]

const occurrences = (text: string, part: string): number => text.split(part).length - 1

/** Percent signs mean something in a target, and a key may stand there in disguise. */
const decoded = (text: string): string =>
  text.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))

/** What may go to a provider: a request of our own making, for the one model the key may use, with nothing of ours in it. */
function judge({ head, body: sent }: RawRequest): void {
  const [line = "", ...headers] = head.split("\r\n")
  hold(
    !/slk_[0-9A-Za-z]{8}/.test(head) && !/slk_[0-9A-Za-z]{8}/.test(decoded(head.split("\r\n", 1)[0] ?? "")),
    "a key of ours reached the provider",
  )
  hold(
    /^(GET|POST|DELETE) \/(openai|v1|v1beta)\/[\x21-\x7e]+ HTTP\/1\.1$/.test(line),
    "a first line of somebody else's reached the provider",
  )
  hold(
    headers.every((header) => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+: ?[\t\x20-\x7e\x80-\xff]*$/.test(header)),
    "a header that is none reached the provider",
  )
  const names = headers.map((header) => header.slice(0, header.indexOf(":")).toLowerCase())
  hold(
    !names.some((name) => name.startsWith("x-sluice-") || name === "transfer-encoding" || name === "cookie"),
    "a header of ours, or of the connection, reached the provider",
  )
  for (const name of ["content-length", "host"])
    hold(names.filter((other) => other === name).length === 1, `not one ${name} reached the provider`)
  hold(occurrences(head, "-secret") === 1, "not one credential reached the provider")
  const value = parseJson(sent.toString())
  hold(typeof value === "object" && value !== null, "a body that is no JSON object reached the provider")
  const models = Object.entries(value).filter(([key]) => key.toLowerCase() === "model")
  const inPath = /^\S+ \/(?:v1(?:beta)?\/models|openai\/deployments)\/([^:?/]+)/.exec(line)?.[1]
  if (inPath === undefined) hold(models.length === 1, "not one model reached the provider")
  else hold(decodeURIComponent(inPath).startsWith("gpt-4o-mini"), "a path to a model the key may not use")
  // Azure reads the deployment in the path and nothing else.
  if (line.includes("/openai/deployments/")) return
  for (const [, model] of models)
    hold(/^(models\/)?gpt-4o-mini/.test(String(model)), "a model the key may not use reached the provider")
}

/** The gateway's own door, on a real socket, with a provider behind it that writes down every byte. */
export async function createHttpSurfaceTarget(): Promise<FuzzTarget> {
  const upstream = await startRawUpstream((_request, socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")
  })
  const faults: string[] = []
  const gateway = await startTestGateway({
    upstream: upstream.url,
    maxBodyBytes: 20_000,
    timeouts: { requestMs: 300, requestTotalMs: 500 },
    onFault: (message, facts) => faults.push(`${message} ${JSON.stringify(facts)}`),
  })
  const before = process.memoryUsage.rss()
  let checks = 0
  const check = async (input: Buffer): Promise<void> => {
    checks += 1
    const key = gateway.keys.onlyMini
    const bytes = Buffer.from(input.toString("latin1").replaceAll(keyMark, key), "latin1")
    const seen = upstream.requests.length
    const bytesSeen = upstream.bytesReceived()
    gateway.context.buffer.remove(gateway.context.buffer.length)
    await exchange(gateway, bytes)
    hold(await soon(() => gateway.inFlight() === 0), "the gateway still serves a request of a closed connection")
    const reached = upstream.requests.slice(seen)
    for (const sent of reached) judge(sent)
    const text = bytes.toString("latin1")
    const authorised = Math.max(occurrences(text, key), occurrences(decoded(text), key))
    hold(reached.length <= authorised, "more requests reached the provider than were authorised")
    if (authorised === 0) hold(upstream.bytesReceived() === bytesSeen, "bytes nobody authorised reached the provider")
    hold(faults.length === 0, `the gateway met a fault of its own: ${faults.splice(0).join("; ")}`)
    if (checks % 64 === 0) await greet(gateway)
  }
  return {
    name: "http-surface",
    seeds: seeds.map((seed) => Buffer.from(seed, "latin1")),
    tokens,
    check,
    async afterwards() {
      hold(upstream.requests.length > checks / 50, "too few inputs got past the door for the rest to mean anything")
      await greet(gateway)
      hold(await soon(() => gateway.openConnections() === 0), "the gateway holds connections that are gone")
      hold(process.memoryUsage.rss() - before < memoryBudget, "the gateway's memory grew")
    },
    async close() {
      await gateway.stop()
      await upstream.close()
    },
  }
}

/** Somebody else, with a request that is right, must be served whatever happened before. */
async function greet(gateway: TestGateway): Promise<void> {
  const answer = await sendRaw(gateway.port, rawRequest("/v1/chat/completions", { "x-sluice-key": gateway.key }, body))
  hold(answer.status === 200 && answer.body.toString() === "{}", "the gateway no longer serves what is right")
}

/**
 * Sends an input packet by packet, closes its own side, and waits for the gateway to close the other.
 * @throws when it does not in time, or says what is no HTTP
 */
function exchange(gateway: TestGateway, bytes: Buffer): Promise<void> {
  const packets = splitAt(bytes, packetMark)
  return new Promise((resolve, reject) => {
    const socket = connect({ port: gateway.port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true })
    const received: Buffer[] = []
    const late = setTimeout(() => {
      socket.destroy()
      reject(new Error("the connection was neither answered nor closed in time"))
    }, longestWaitMs)
    // An end that comes with the request would call it off: a keep-alive connection is ended when it has fallen silent.
    let rest: NodeJS.Timeout | undefined
    const restFor = (ms: number): void => {
      clearTimeout(rest)
      rest = setTimeout(() => socket.end(), ms)
    }
    socket.on("data", (chunk: Buffer) => {
      received.push(chunk)
      if (rest) restFor(silence.answeredMs)
    })
    socket.on("error", () => undefined)
    socket.on("end", () => socket.end())
    socket.on("close", () => {
      clearTimeout(late)
      clearTimeout(rest)
      const text = Buffer.concat(received).toString("latin1")
      if (text === "" || /^HTTP\/1\.1 [1-5]\d\d /.test(text)) resolve()
      else reject(new Error("the gateway said what is no HTTP"))
    })
    const write = (index: number): void => {
      const packet = packets[index]
      if (packet === undefined) restFor(received.length > 0 ? silence.answeredMs : silence.unansweredMs)
      else socket.write(packet, () => setImmediate(write, index + 1))
    }
    socket.on("connect", () => write(0))
  })
}

function splitAt(bytes: Buffer, mark: Buffer): Buffer[] {
  const pieces: Buffer[] = []
  let from = 0
  for (let at = bytes.indexOf(mark); at >= 0 && pieces.length < 32; at = bytes.indexOf(mark, from)) {
    pieces.push(bytes.subarray(from, at))
    from = at + mark.length
  }
  return [...pieces, bytes.subarray(from)]
}
