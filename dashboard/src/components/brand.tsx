/** The product's sign: a gate that lets water through. */
export function Brand({ className }: { readonly className?: string }) {
  return (
    <svg viewBox="0 0 32 32" className={className} aria-hidden="true" fill="none" strokeLinecap="round">
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <path d="M8.5 7v18M23.5 7v18M8.5 12.5h15" className="stroke-accent-ink" strokeWidth="3" />
      <path d="M13 18.5h6M13 23.5h6" className="stroke-accent-ink opacity-70" strokeWidth="2.5" />
    </svg>
  )
}
