/**
 * A legal box name made of a host name: lower case, everything else than a-z, 0-9 a dash, 32 characters at most.
 * `Küche.local` → `k-che`; a host name of nothing usable gives `box`.
 */
export const boxNameFrom = (hostName: string): string => {
  const label = hostName.toLowerCase().split('.')[0] ?? ''
  const dashed = label.replaceAll(/[^a-z0-9]+/g, '-').replace(/^-+/, '')
  return dashed.slice(0, 32).replace(/-+$/, '') || 'box'
}
