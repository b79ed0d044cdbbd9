import type { CredentialBody } from "@sluice/protocol/api/credentials"
import type { ProviderBody, ProviderName } from "@sluice/protocol/providers"
import { Plus } from "lucide-react"
import { Button } from "../../components/button.tsx"
import { CredentialRow } from "./credential-row.tsx"

const protocolWords = { openai: "OpenAI API", anthropic: "Anthropic API", gemini: "Gemini API" } as const

/** What stands for the address of providers whose credentials name it. */
const whereabouts: Readonly<Partial<Record<ProviderName, string>>> = {
  azure: "OpenAI API · at the endpoint of your resource",
  custom: "Any server that speaks the OpenAI API",
}

interface ProviderCardProps {
  readonly provider: ProviderBody
  readonly credentials: readonly CredentialBody[]
  readonly onAdd: ((provider: ProviderName) => void) | null
}

/** A provider, what it speaks, and the credentials there are for it. */
export function ProviderCard({ provider, credentials, onAdd }: ProviderCardProps) {
  const { name, title, protocol, base_url: baseUrl } = provider
  return (
    <li className="overflow-hidden rounded-lg border border-line bg-surface">
      <div className="flex min-h-12 items-center gap-3 py-2 pr-2 pl-4">
        <div className="min-w-0 flex-1">
          <h2 className="font-semibold">{title}</h2>
          <p className="truncate text-ink-mute text-xs">
            {baseUrl === null ? whereabouts[name] : `${protocolWords[protocol]} · ${baseUrl}`}
          </p>
        </div>
        {credentials.length === 0 && <span className="text-ink-mute text-xs">No credential</span>}
        {onAdd && (
          <Button look="quiet" size="small" aria-label={`Add a credential for ${title}`} onClick={() => onAdd(name)}>
            <Plus aria-hidden /> Add
          </Button>
        )}
      </div>
      {credentials.length > 0 && (
        <ul className="border-line border-t">
          {credentials.map((credential) => (
            <CredentialRow key={credential.id} credential={credential} />
          ))}
        </ul>
      )}
    </li>
  )
}
