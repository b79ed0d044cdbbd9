import { hash } from "node:crypto"
import type { ExchangeRecord } from "@sluice/protocol/exchange-record"
import type { ProviderName } from "@sluice/protocol/providers"
import type { SnapshotEntity } from "@sluice/protocol/snapshot"
import type { GatewayContext, GatewayTimeouts } from "../gateway/context.ts"
import { Counters } from "../gateway/counters.ts"
import { RecordBuffer } from "../gateway/events/record-buffer.ts"
import { GatewayServer } from "../gateway/server.ts"
import { GatewaySnapshot } from "../gateway/snapshot/gateway-snapshot.ts"
import { TimerWheel } from "../gateway/timer-wheel.ts"
import { createTokeniser } from "../gateway/tokeniser/tokeniser.ts"
import { Upstreams } from "../gateway/upstreams.ts"
import { systemClock } from "../platform/clock.ts"
import { createUuid } from "../platform/ids.ts"

/** A gateway in this process, with a snapshot of its own and its records at hand; no control behind it. */
export interface TestGateway {
  readonly port: number
  readonly url: string
  /** A key that may call every model, in a project with credentials for every provider. */
  readonly key: string
  readonly keys: {
    readonly expired: string
    readonly withoutScope: string
    readonly onlyMini: string
    readonly disabled: string
    /** Of a project that has no credential. */
    readonly noCredentials: string
  }
  readonly context: GatewayContext
  /** The record of the request that sent this as `x-sluice-request-id`, once it is there. */
  recordOf(clientRequestId: string): Promise<ExchangeRecord>
  inFlight(): number
  stop(): Promise<void>
}

export interface TestGatewayOptions {
  /** Every provider's root. */
  readonly upstream: string
  readonly timeouts?: GatewayTimeouts
  readonly maxBodyBytes?: number
}

const timeouts: GatewayTimeouts = {
  connectMs: 2000,
  firstByteMs: 10_000,
  idleMs: 10_000,
  totalMs: 60_000,
  requestMs: 10_000,
}
const providers: readonly ProviderName[] = ["openai", "anthropic", "gemini", "groq", "custom"]

/** Starts a gateway on a free port. */
export async function startTestGateway(options: TestGatewayOptions): Promise<TestGateway> {
  const buffer = new RecordBuffer({ epoch: createUuid(Date.now()), capacity: 100_000 })
  const snapshot = new GatewaySnapshot({
    unseal: (sealed) => sealed,
    clock: systemClock,
    version: "test",
    source: "live",
  })
  const keys = fillSnapshot(snapshot, options.upstream)
  const context: GatewayContext = {
    clock: systemClock,
    logger: { debug: nothing, info: nothing, warn: nothing, error: complain },
    snapshot: () => snapshot,
    buffer,
    counters: new Counters(),
    tokeniser: createTokeniser({}),
    upstreams: new Upstreams({ connectTimeoutMs: 2000, allowPrivate: true }),
    wheel: new TimerWheel(() => systemClock.monotonic()),
    timeouts: options.timeouts ?? timeouts,
    maxBodyBytes: options.maxBodyBytes ?? 64 * 1024 * 1024,
    stopping: false,
  }
  const server = new GatewayServer({ context, host: "127.0.0.1", port: 0, tls: null, dashboardUrl: "http://dashboard" })
  const port = await server.listen()
  context.wheel.start()
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    key: keys.all,
    keys,
    context,
    recordOf: (clientRequestId) => findRecord(buffer, clientRequestId),
    inFlight: () => server.inFlight,
    stop: async () => {
      await server.stop(2000)
      context.wheel.stop()
      await context.tokeniser.close()
      await context.upstreams.close()
    },
  }
}

const nothing = (): void => undefined

function complain(facts: object, message: string): void {
  throw new Error(message, { cause: facts })
}

async function findRecord(buffer: RecordBuffer, clientRequestId: string): Promise<ExchangeRecord> {
  const deadline = Date.now() + 5000
  for (;;) {
    const found = buffer.peek(buffer.length).find((record) => record.client_request_id === clientRequestId)
    if (found) return found
    if (Date.now() > deadline) throw new Error(`no record of ${clientRequestId} came`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

function fillSnapshot(snapshot: GatewaySnapshot, upstream: string): TestGateway["keys"] & { readonly all: string } {
  const organization = createUuid(1)
  const disabled = createUuid(2)
  const project = createUuid(3)
  const bare = createUuid(4)
  const put = (entity: SnapshotEntity): void => snapshot.put(entity)
  put({ kind: "organization", id: organization, disabled: false })
  put({ kind: "organization", id: disabled, disabled: true })
  for (const id of [project, bare]) {
    put({ kind: "project", id, organization_id: organization, default_provider: null, response_headers: true })
  }
  put({
    kind: "catalog",
    id: "catalog",
    models: {
      openai: ["gpt-4o", "gpt-4o-mini"],
      anthropic: ["claude-sonnet-4-20250514"],
      gemini: ["gemini-2.5-flash"],
    },
    patterns: [{ pattern: "claude-*", provider: "anthropic" }],
  })
  for (const provider of providers) {
    put({ kind: "provider", id: provider, base_url: upstream })
    put({
      kind: "credential",
      id: createUuid(5),
      organization_id: organization,
      project_id: project,
      provider,
      source: "stored",
      base_url: null,
      sealed: `stored-${provider}-secret`,
      priority: 0,
      headers: {},
    })
  }
  const addKey = (secret: string, more: object = {}): string => {
    put({
      kind: "key",
      id: createUuid(6),
      hash: hash("sha256", secret, "hex"),
      organization_id: organization,
      project_id: project,
      scopes: ["gateway"],
      models: null,
      environment: "test",
      expires_at: null,
      limits: { requests_per_minute: null, tokens_per_minute: null, concurrent_streams: null },
      ...more,
    })
    return secret
  }
  return {
    all: addKey("slk_testEverything000000000000"),
    expired: addKey("slk_testExpired00000000000000", { expires_at: 1 }),
    withoutScope: addKey("slk_testWithoutScope000000000", { scopes: ["api:read"] }),
    onlyMini: addKey("slk_testOnlyMini0000000000000", { models: ["gpt-4o-mini*"] }),
    disabled: addKey("slk_testDisabled0000000000000", { organization_id: disabled }),
    noCredentials: addKey("slk_testNoCredentials00000000", { project_id: bare }),
  }
}
