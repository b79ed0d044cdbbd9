import type { GatewayContext, Stage } from "./context.ts"
import { GatewayError } from "./errors.ts"
import type { Exchange } from "./exchange.ts"
import { answerError } from "./refuse.ts"
import { RequestBody, readFacts } from "./request-body.ts"
import { applyRules } from "./stages/apply-rules.ts"
import { authenticate } from "./stages/authenticate.ts"
import { callUpstream } from "./stages/call-upstream.ts"
import { chooseCredential } from "./stages/choose-credential.ts"
import { detectProvider } from "./stages/detect-provider.ts"
import { limitAnswer, limitRequest } from "./stages/limit.ts"
import { record } from "./stages/record.ts"
import { Upload } from "./upload.ts"

/**
 * What happens to a request, in order. `record` stands second so that refusals are recorded too; limits come after it, in two
 * steps, because only the body says whether the answer is a stream and how long it may be.
 */
export const onHead: readonly Stage<Exchange>[] = [authenticate, record, limitRequest]
export const onBody: readonly Stage<Exchange>[] = [readFacts, limitAnswer, detectProvider, applyRules, chooseCredential]

/** Takes an exchange through the stages; the answer, or the refusal, is written to its response. Never throws. */
export function serve(exchange: Exchange, context: GatewayContext): void {
  if (!run(onHead, exchange, context)) return
  const proceed = (read: Exchange, error: GatewayError | null): void => {
    if (error) answerError(read, context, error)
    else if (run(onBody, read, context)) forward(read, context)
  }
  const lane = laneOf(exchange)
  if (lane === "json") new RequestBody(exchange, context, proceed).read()
  else if (lane === "upload") {
    exchange.upload = new Upload(exchange, context)
    exchange.upload.peek(proceed)
  } else {
    exchange.bodyReadAt = context.clock.monotonic()
    proceed(exchange, null)
  }
}

/** How a request's body is taken: read whole as JSON, handed on as it comes, or not there. */
function laneOf(exchange: Exchange): "json" | "upload" | "none" {
  const { endpoint, head, request } = exchange
  if (!endpoint.passesThrough) return "json"
  if (request.method !== "POST") return "none"
  if ((head?.contentLength ?? 0) === 0 && request.headers["transfer-encoding"] === undefined) return "none"
  return /^\s*application\/json\s*(;|$)/i.test(head?.contentType ?? "") ? "json" : "upload"
}

function forward(exchange: Exchange, context: GatewayContext): void {
  if (exchange.response.destroyed) return
  try {
    exchange.relay = callUpstream(exchange, context)
  } catch (error) {
    refuse(exchange, context, error)
  }
}

function run(stages: readonly Stage<Exchange>[], exchange: Exchange, context: GatewayContext): boolean {
  try {
    for (const stage of stages) stage(exchange, context)
    return true
  } catch (error) {
    refuse(exchange, context, error)
    return false
  }
}

/** A refusal is answered as it is; anything else is our own fault, told to the log in full and to the client in general. */
function refuse(exchange: Exchange, context: GatewayContext, error: unknown): void {
  // Refused before its turn in `record`, by a stage that already knew whose key it was.
  if (exchange.project) record(exchange, context)
  if (error instanceof GatewayError) {
    answerError(exchange, context, error)
    return
  }
  context.logger.error({ err: error, request: exchange.publicId }, "a request met a fault of the gateway")
  answerError(
    exchange,
    context,
    new GatewayError("internal_error", "the gateway met a fault of its own; it was logged"),
  )
}
