import type { GatewayContext, Stage } from "./context.ts"
import { GatewayError } from "./errors.ts"
import type { Exchange } from "./exchange.ts"
import { answerError } from "./refuse.ts"
import { RequestBody, readFacts } from "./request-body.ts"
import { authenticate } from "./stages/authenticate.ts"
import { callUpstream } from "./stages/call-upstream.ts"
import { chooseCredential } from "./stages/choose-credential.ts"
import { detectProvider } from "./stages/detect-provider.ts"
import { record } from "./stages/record.ts"

/**
 * What happens to a request, in order. `record` stands second so that refusals are recorded too; limits come after it, and
 * rules between detecting the provider and choosing the credential.
 */
export const onHead: readonly Stage<Exchange>[] = [authenticate, record]
export const onBody: readonly Stage<Exchange>[] = [readFacts, detectProvider, chooseCredential]

/** Takes an exchange through the stages; the answer, or the refusal, is written to its response. Never throws. */
export function serve(exchange: Exchange, context: GatewayContext): void {
  if (!run(onHead, exchange, context)) return
  new RequestBody(exchange, context, (read, error) => {
    if (error) answerError(read, context, error)
    else if (run(onBody, read, context)) forward(read, context)
  }).read()
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
