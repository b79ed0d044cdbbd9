import { hash } from "node:crypto"
import { ExchangeRecord } from "@sluice/protocol/exchange-record"
import { noLimits } from "@sluice/protocol/limits"
import { type ProviderName, providerNames } from "@sluice/protocol/providers"
import type { SnapshotEntity } from "@sluice/protocol/snapshot"
import type { ConnectionLimits } from "../gateway/connection-guard.ts"
import type { GatewayContext, GatewayTimeouts } from "../gateway/context.ts"
import { Counters } from "../gateway/counters.ts"
import { RecordBuffer } from "../gateway/events/record-buffer.ts"
import { Limiter } from "../gateway/limits/limiter.ts"
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
    /** As `onlyMini`, with the scope for what cannot be checked. */
    readonly onlyMiniPassthrough: string
    /** Of a project whose one credential is Mistral's. */
    readonly onlyMistral: string
    readonly disabled: string
    /** Of a project that has no credential. */
    readonly noCredentials: string
    /** May ask twice a minute. */
    readonly limited: string
    /** May use 5,000 tokens a minute. */
    readonly limitedTokens: string
  }
  readonly context: GatewayContext
  /** The record of the request that sent this as `x-sluice-request-id`, once it is there. */
  recordOf(clientRequestId: string): Promise<ExchangeRecord>
  inFlight(): number
  openConnections(): number
  stop(): Promise<void>
}

export interface TestGatewayOptions {
  /** Every provider's root. */
  readonly upstream: string
  /** Those that differ from the usual. */
  readonly timeouts?: Partial<GatewayTimeouts>
  readonly maxBodyBytes?: number
  readonly connections?: ConnectionLimits
  readonly maxUploadBytes?: number
  /** Told of a fault the gateway logs; without it a fault is thrown. */
  readonly onFault?: (message: string, facts: object) => void
}

const timeouts: GatewayTimeouts = {
  connectMs: 2000,
  firstByteMs: 10_000,
  idleMs: 10_000,
  totalMs: 60_000,
  requestMs: 10_000,
  requestTotalMs: 60_000,
}

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
    logger: { debug: nothing, info: nothing, warn: nothing, error: toComplaint(options.onFault) },
    snapshot: () => snapshot,
    buffer,
    counters: new Counters(),
    limiter: new Limiter({ place: { place: 0, processes: 1 } }),
    tokeniser: createTokeniser({}),
    upstreams: new Upstreams({ connectTimeoutMs: 2000, allowPrivate: true }),
    wheel: new TimerWheel(() => systemClock.monotonic()),
    random: Math.random,
    timeouts: { ...timeouts, ...options.timeouts },
    maxUploadBytes: options.maxUploadBytes ?? 512 * 1024 * 1024,
    maxBodyBytes: options.maxBodyBytes ?? 64 * 1024 * 1024,
    stopping: false,
  }
  const server = new GatewayServer({
    context,
    host: "127.0.0.1",
    port: 0,
    tls: null,
    connections: options.connections ?? { total: 0, perAddress: 0 },
    dashboardUrl: "http://dashboard",
  })
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
    openConnections: () => server.openConnections,
    stop: async () => {
      await server.stop(2000)
      context.wheel.stop()
      await context.tokeniser.close()
      await context.upstreams.close()
    },
  }
}

const nothing = (): void => undefined

const toComplaint =
  (onFault: TestGatewayOptions["onFault"]) =>
  (facts: object, message: string): void => {
    if (!onFault) throw new Error(message, { cause: facts })
    onFault(message, facts)
  }

async function findRecord(buffer: RecordBuffer, clientRequestId: string): Promise<ExchangeRecord> {
  const deadline = Date.now() + 5000
  for (;;) {
    // Newest first, and by its text: a test may have left thousands of records behind.
    const line = buffer.peekLines(buffer.length).find((text) => text.includes(`"${clientRequestId}"`))
    if (line) return ExchangeRecord.parse(JSON.parse(line))
    if (Date.now() > deadline) throw new Error(`no record of ${clientRequestId} came`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

function fillSnapshot(snapshot: GatewaySnapshot, upstream: string): TestGateway["keys"] & { readonly all: string } {
  const organization = createUuid(1)
  const disabled = createUuid(2)
  const project = createUuid(3)
  const bare = createUuid(4)
  const single = createUuid(4)
  const put = (entity: SnapshotEntity): void => snapshot.put(entity)
  put({ kind: "organization", id: organization, disabled: false, limits: noLimits })
  put({ kind: "organization", id: disabled, disabled: true, limits: noLimits })
  for (const id of [project, bare, single]) {
    const default_provider = id === single ? ("groq" as const) : null
    put({ kind: "project", id, organization_id: organization, default_provider, response_headers: true })
  }
  put({
    kind: "catalog",
    id: "catalog",
    models: {
      openai: ["gpt-4o", "gpt-4o-mini", "whisper-1"],
      anthropic: ["claude-sonnet-4-20250514"],
      gemini: ["gemini-2.5-flash"],
    },
    patterns: [{ pattern: "claude-*", provider: "anthropic" }],
  })
  for (const provider of providerNames) {
    put({ kind: "provider", id: provider, base_url: upstream })
    put(credentialOf(provider, { organization, project }))
  }
  put(credentialOf("mistral", { organization, project: single }))
  put(credentialOf("anthropic", { organization, project: single }))
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
      limits: noLimits,
      ...more,
    })
    return secret
  }
  return {
    all: addKey("slk_testEverything000000000000"),
    expired: addKey("slk_testExpired00000000000000", { expires_at: 1 }),
    withoutScope: addKey("slk_testWithoutScope000000000", { scopes: ["api:read"] }),
    onlyMini: addKey("slk_testOnlyMini0000000000000", { models: ["gpt-4o-mini*"] }),
    onlyMiniPassthrough: addKey("slk_testMiniPassthrough000000", {
      models: ["gpt-4o-mini*"],
      scopes: ["gateway", "passthrough"],
    }),
    onlyMistral: addKey("slk_testOnlyMistral0000000000", { project_id: single }),
    disabled: addKey("slk_testDisabled0000000000000", { organization_id: disabled }),
    noCredentials: addKey("slk_testNoCredentials00000000", { project_id: bare }),
    limited: addKey("slk_testLimited00000000000000", { limits: { ...noLimits, requests_per_minute: 2 } }),
    limitedTokens: addKey("slk_testLimitedTokens00000000", { limits: { ...noLimits, tokens_per_minute: 5000 } }),
  }
}

function credentialOf(
  provider: ProviderName,
  { organization, project }: { readonly organization: string; readonly project: string },
): SnapshotEntity {
  return {
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
  }
}
