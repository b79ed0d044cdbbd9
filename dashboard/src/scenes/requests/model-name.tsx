import type { RequestBody } from "@sluice/protocol/api/requests"
import { Unknown } from "../../components/unknown.tsx"
import { whyNoModel } from "./unknown-reasons.ts"

/** The model asked for, and the one that was used instead when they differ. */
export function ModelName({ request }: { readonly request: RequestBody }) {
  const { model_requested: requested, model_actual: actual } = request
  const shown = actual ?? requested
  if (shown === null) return <Unknown because={whyNoModel} />
  if (requested === null || actual === null || requested === actual) return <span data-tip={shown}>{shown}</span>
  return (
    <span data-tip={`Asked for ${requested}, answered by ${actual}`}>
      <span className="text-ink-mute">{requested} → </span>
      {actual}
    </span>
  )
}
