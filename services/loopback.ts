/** Whether a socket's remote address is this machine itself: 127.0.0.0/8, ::1, and the first mapped into IPv6. */
export const isLoopback = (address: string | undefined): boolean => {
  if (address === undefined) return false
  const plain = address.toLowerCase().replace(/^::ffff:/, '')
  return plain === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(plain)
}
