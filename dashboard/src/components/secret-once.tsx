import { CopyButton } from "./copy-button.tsx"

interface SecretOnceProps {
  readonly secret: string
  readonly name: string
}

/** A secret at the only moment it is seen. */
export function SecretOnce({ secret, name }: SecretOnceProps) {
  return (
    <div className="grid gap-1.5">
      <div className="flex items-center gap-2 rounded-lg border border-line bg-sunken py-1.5 pr-1.5 pl-3">
        <code className="min-w-0 flex-1 break-all font-mono text-sm">{secret}</code>
        <CopyButton look="plain" size="small" text={secret} label={`Copy the key ${name}`} words="Copy key" />
      </div>
      <p className="text-ink-mute text-xs">
        Shown once: Sluice keeps only a fingerprint of “{name}”. Reloading this page forgets it.
      </p>
    </div>
  )
}
