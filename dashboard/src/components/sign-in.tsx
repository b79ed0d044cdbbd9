import { useTitle } from "../hooks/use-title.ts"
import { Brand } from "./brand.tsx"
import { Button } from "./button.tsx"
import { CopyButton } from "./copy-button.tsx"

const command = "sluice owner-link"

interface SignInProps {
  readonly onRetry: () => void
  readonly isTrying: boolean
}

/** What somebody sees who is not signed in: where the link is that signs in. */
export function SignIn({ onRetry, isTrying }: SignInProps) {
  useTitle("Sign in")
  return (
    <main className="grid min-h-full place-items-center p-6">
      <div className="grid w-full max-w-sm gap-5">
        <Brand className="size-9" />
        <div className="grid gap-1">
          <h1 className="font-semibold text-lg tracking-tight">Sign in to Sluice</h1>
          <p className="text-ink-soft">
            Open the owner link that the terminal showed at the first start. It works once; make a new one at any time
            on the machine that runs Sluice:
          </p>
        </div>
        <div className="flex items-center justify-between gap-2 rounded-lg border border-line bg-sunken py-1.5 pr-1.5 pl-3">
          <code className="font-mono text-sm">{command}</code>
          <CopyButton text={command} label="Copy the command" />
        </div>
        <p className="text-ink-mute">
          In a checkout the command is <span className="font-mono text-sm">npm start -- owner-link</span>. The link
          opens this dashboard in the browser and keeps it signed in.
        </p>
        <Button className="justify-self-start" disabled={isTrying} onClick={onRetry}>
          {isTrying ? "Checking…" : "I have signed in"}
        </Button>
      </div>
    </main>
  )
}
