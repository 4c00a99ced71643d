/**
 * Finds a name in every way at once: as everything on the machine does (hosts file, mDNS, name server), and by asking
 * the name server ourselves. The former takes a thread for as long as the server is silent, five seconds and more; the
 * latter none, and it is given up after a second, so that a server that is back is heard at once.
 */
import { lookup, promises } from 'node:dns'
import type { LookupFunction } from 'node:net'

const ownDeadlineMs = 1_000
/** Others need the threads, too. */
const mostLookups = 2

interface Address {
  readonly address: string
  readonly family: number
}

/** @param servers name servers as `host:port`; the system's when left out */
export const nameFinder = (servers?: readonly string[]): LookupFunction => {
  let lookups = 0
  const asTheSystem = (name: string): Promise<readonly Address[]> => {
    if (lookups >= mostLookups) return Promise.reject(new Error('the last names were not found yet'))
    lookups += 1
    return new Promise((resolve, reject) => {
      lookup(name, { all: true }, (error, addresses) => {
        lookups -= 1
        if (error) reject(error)
        else resolve(addresses)
      })
    })
  }
  const byOurselves = async (name: string, family: 4 | 6): Promise<readonly Address[]> => {
    // Each takes the system's servers as they are now: a link that came back may have brought others.
    const resolver = new promises.Resolver({ timeout: ownDeadlineMs, tries: 1 })
    if (servers) resolver.setServers([...servers])
    const found = await (family === 4 ? resolver.resolve4(name) : resolver.resolve6(name))
    if (found.length === 0) throw new Error(`${name} has no address of this kind`)
    return found.map((address) => ({ address, family }))
  }
  return (name, { all }, done) => {
    const ways = [asTheSystem(name), byOurselves(name, 4), byOurselves(name, 6)]
    Promise.any(ways).then(
      (found) => {
        const [first] = found
        if (all || !first) done(null, [...found])
        else done(null, first.address, first.family)
      },
      ({ errors }: AggregateError) => done(errors[0], '', 0),
    )
  }
}
