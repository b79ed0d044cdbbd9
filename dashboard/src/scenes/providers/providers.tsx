import type { CredentialBody } from "@sluice/protocol/api/credentials"
import type { ProviderBody, ProviderName } from "@sluice/protocol/providers"
import { useQuery } from "@tanstack/react-query"
import { Plus } from "lucide-react"
import { useState } from "react"
import { Button } from "../../components/button.tsx"
import { Failure } from "../../components/failure.tsx"
import { PageHeader } from "../../components/page-header.tsx"
import { SkeletonRows } from "../../components/skeleton.tsx"
import { credentialsQuery, providersQuery } from "../../hooks/use-credentials.ts"
import { useMay } from "../../hooks/use-me.ts"
import { CredentialForm } from "./credential-form.tsx"
import { ProviderCard } from "./provider-card.tsx"

/** Where the gateway may send traffic, and with which credentials. */
export function Providers() {
  const providers = useQuery(providersQuery)
  const credentials = useQuery(credentialsQuery)
  const [adding, setAdding] = useState<ProviderName | null>(null)
  const mayWrite = useMay("credential:write")
  const error = providers.error ?? credentials.error
  const retry = () => {
    void providers.refetch()
    void credentials.refetch()
  }
  return (
    <div className="mx-auto grid max-w-4xl gap-5 px-6 py-8 max-md:px-4 max-md:py-5">
      <PageHeader
        title="Providers"
        actions={
          mayWrite && (
            <Button look="primary" onClick={() => setAdding("openai")}>
              <Plus aria-hidden /> Add credential
            </Button>
          )
        }
      >
        A credential lets the gateway into a provider. Secrets are encrypted when stored and never shown again.
      </PageHeader>
      {providers.data && credentials.data ? (
        <ProviderList
          providers={providers.data.data}
          credentials={credentials.data.data}
          onAdd={mayWrite ? setAdding : null}
        />
      ) : error ? (
        <Failure title="The providers could not be loaded" error={error} onRetry={retry} />
      ) : (
        <SkeletonRows rows={8} />
      )}
      {adding && (
        <CredentialForm
          initialProvider={adding}
          providers={providers.data?.data ?? []}
          onClose={() => setAdding(null)}
        />
      )}
    </div>
  )
}

interface ProviderListProps {
  readonly providers: readonly ProviderBody[]
  readonly credentials: readonly CredentialBody[]
  /** Null when the reader may not add any. */
  readonly onAdd: ((provider: ProviderName) => void) | null
}

function ProviderList({ providers, credentials, onAdd }: ProviderListProps) {
  return (
    <>
      {credentials.length === 0 && (
        <p className="rounded-lg border border-line bg-warn-soft p-3">
          Traffic flows once one provider below has a credential: add it here, or start Sluice with the provider's usual
          variable set, for example <code className="font-mono text-xs">OPENAI_API_KEY</code>. Applications may also
          send their own provider key with each request.
        </p>
      )}
      <ul className="grid gap-3">
        {providers.map((provider) => (
          <ProviderCard
            key={provider.name}
            provider={provider}
            credentials={credentials.filter((credential) => credential.provider === provider.name)}
            onAdd={onAdd}
          />
        ))}
      </ul>
      <p className="text-ink-mute text-xs">
        Stored credentials are used before those of the environment; an application's own provider key is used when
        there is neither.
      </p>
    </>
  )
}
