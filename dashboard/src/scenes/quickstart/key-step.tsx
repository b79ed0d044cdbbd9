import { KeyRound } from "lucide-react"
import { Button } from "../../components/button.tsx"
import { Failure } from "../../components/failure.tsx"
import { SecretOnce } from "../../components/secret-once.tsx"
import { useFreshKey } from "../../hooks/use-fresh-key.ts"
import { Step } from "./step.tsx"

/** Makes the key an application needs, and shows it once. */
export function KeyStep() {
  const { freshKey, mint, isMinting, error } = useFreshKey()
  const make = () => mint("Quickstart")
  return (
    <Step number={2} title="Make a key for the application" isDone={freshKey !== null}>
      {freshKey ? (
        <SecretOnce secret={freshKey.key} name={freshKey.name} />
      ) : (
        <div className="grid justify-items-start gap-3">
          <p className="text-ink-soft">
            It may send LLM traffic and nothing else, so it is safe to put into an application. It is filled into the
            code below.
          </p>
          {error && <Failure className="w-full" title="The key could not be made" error={error} onRetry={make} />}
          <Button look="primary" disabled={isMinting} onClick={make}>
            <KeyRound aria-hidden /> {isMinting ? "Making a key…" : "Make a key"}
          </Button>
        </div>
      )}
    </Step>
  )
}
