import type { CredentialBody } from "@sluice/protocol/api/credentials"
import { useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { buttonLook } from "../../components/button.tsx"
import { Failure } from "../../components/failure.tsx"
import { Skeleton } from "../../components/skeleton.tsx"
import { credentialsQuery, providersQuery } from "../../hooks/use-credentials.ts"
import { Step } from "./step.tsx"

/** Whether the gateway has anything to call a provider with. */
export function CredentialStep() {
  const { data, error, refetch } = useQuery(credentialsQuery)
  const credentials = data?.data ?? []
  return (
    <Step number={1} title="Let the gateway into a provider" isDone={credentials.length > 0}>
      {error ? (
        <Failure title="The credentials could not be loaded" error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton className="h-5 w-72" />
      ) : credentials.length > 0 ? (
        <Present credentials={credentials} />
      ) : (
        <Missing />
      )}
    </Step>
  )
}

function Present({ credentials }: { readonly credentials: readonly CredentialBody[] }) {
  const { data } = useQuery(providersQuery)
  const titleOf = (name: string) => data?.data.find((provider) => provider.name === name)?.title ?? name
  return (
    <p className="text-ink-soft">
      {credentials.slice(0, 4).map(({ id, provider, variable }, index) => (
        <span key={id}>
          {index > 0 && ", "}
          <span className="font-medium text-ink">{titleOf(provider)}</span>
          {variable && (
            <>
              {" "}
              from <code className="font-mono text-xs">{variable}</code>
            </>
          )}
        </span>
      ))}
      {credentials.length > 4 && ` and ${credentials.length - 4} more`}.{" "}
      <Link to="/providers" className="text-accent underline underline-offset-3">
        Manage credentials
      </Link>
    </p>
  )
}

function Missing() {
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 rounded-lg border border-line bg-warn-soft p-3">
      <p className="min-w-0 flex-1 basis-72">
        No provider credential yet. Without one the gateway answers{" "}
        <code className="font-mono text-xs">no_credential</code>, unless the application sends the provider's own key
        along.
      </p>
      <Link to="/providers" className={buttonLook()}>
        Add a credential
      </Link>
    </div>
  )
}
