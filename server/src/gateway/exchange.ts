import type { IncomingMessage, ServerResponse } from "node:http"
import type { ErrorCategory, ErrorSource } from "@sluice/protocol/error-codes"
import { toPublicId } from "@sluice/protocol/ids"
import type { HotCustomModel } from "../domains/catalog/hot.ts"
import type { HotCredential, HotKey, HotOrganization, HotProject } from "../domains/identity/hot.ts"
import type { HotRule, SkippedRule } from "../domains/routing/hot.ts"
import { createUuid } from "../platform/ids.ts"
import type { AnswerReader, Provider } from "../providers/provider.ts"
import type { AnswerTap } from "./answer-tap.ts"
import type { Endpoint } from "./endpoints/endpoint.ts"
import type { GatewayError } from "./errors.ts"
import type { JsonFacts } from "./json-scan.ts"
import type { Admission } from "./limits/admission.ts"
import type { RequestHead } from "./request-head.ts"
import type { Upload } from "./upload.ts"

const noRules: readonly SkippedRule[] = []

/** What went wrong with an exchange, as its record tells it. */
export interface ExchangeFailure {
  readonly code: string | null
  readonly category: ErrorCategory
  readonly source: ErrorSource
}

/** A call to a provider that is under way, as the server needs it. */
export interface RunningCall {
  /** The client closed its connection. */
  clientLeft(): void
  /** It cannot go on: the time a stop allows is up, or its body turned out to be one we refuse. */
  abort(error: GatewayError): void
  /** More of the client's body came. */
  uploadMoved(): void
  /** All of the client's body came. */
  uploadEnded(): void
}

/**
 * One client request and its answer, from socket to socket. Stages fill it in the order of `pipeline.ts`; a field is null
 * until its stage ran. Monotonic times are milliseconds of the gateway's clock, 0 when the moment did not come.
 */
export class Exchange {
  readonly id: string
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly endpoint: Endpoint
  /** The model that the path names: Gemini's, or Azure's deployment. */
  readonly pathModel: string | null
  /** What stands after the version in the path: `/chat/completions`. */
  readonly tail: string
  /** Whether the client speaks to one of Azure's paths. */
  readonly azure: boolean

  readonly startedAt: number
  readonly begun: number
  authenticatedAt = 0
  bodyReadAt = 0
  calledAt = 0
  firstByteAt = 0

  head: RequestHead | null = null
  key: HotKey | null = null
  project: HotProject | null = null
  organization: HotOrganization | null = null
  /** What it took of its limits; null when nothing limits it. */
  admission: Admission | null = null
  /** True from the moment this exchange will have a record. */
  opened = false

  body: Buffer | null = null
  /** The body of a request whose body is not read here but handed on. */
  upload: Upload | null = null
  facts: JsonFacts | null = null
  modelRequested: string | null = null
  modelActual: string | null = null
  provider: Provider | null = null
  providerUnknown = false
  /** The project's own model this goes to; null: one of the catalog's, or one nobody knows. */
  customModel: HotCustomModel | null = null
  /** The rule that says where this goes; null: none does. */
  rule: HotRule | null = null
  skippedRules: readonly SkippedRule[] = noRules
  credential: HotCredential | null = null
  credentialSource: "stored" | "environment" | "caller" | null = null
  /** The root before `/v1` or `/v1beta`. */
  upstreamRoot = ""
  upstreamHeaders: string[] = []
  attempts = 0

  reader: AnswerReader | null = null
  tap: AnswerTap | null = null
  relay: RunningCall | null = null
  streaming = false
  completionBytes = 0
  upstreamCut = false
  failure: ExchangeFailure | null = null
  /** True when the whole answer was handed to the client's socket. */
  complete = false
  /** When the client's side was closed, in milliseconds since 1970, and how long after the beginning; 0 before. */
  finishedAt = 0
  latencyMs = 0
  /** True when it was the client that ended it, as it stood when its side was closed: what happens afterwards changes nothing about it. */
  left = false
  /** Where it stands among the open ones, written by them alone; -1: it does not. */
  place = -1

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    route: {
      readonly endpoint: Endpoint
      readonly model: string | null
      readonly tail?: string
      readonly azure?: boolean
    },
    times: { readonly now: number; readonly monotonic: number },
  ) {
    this.request = request
    this.response = response
    this.endpoint = route.endpoint
    this.pathModel = route.model
    this.tail = route.tail ?? ""
    this.azure = route.azure ?? false
    this.startedAt = times.now
    this.begun = times.monotonic
    this.id = createUuid(times.now)
  }

  /** Bytes of the client's body. */
  get requestBytes(): number {
    return this.body?.length ?? this.upload?.received ?? 0
  }

  /** The id as everyone outside sees it, `req_…`. */
  get publicId(): string {
    return toPublicId("request", this.id)
  }
}
