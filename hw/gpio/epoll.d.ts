declare module 'epoll' {
  /** Calls back from a thread of its own that waits for descriptors. */
  class Epoll {
    static readonly EPOLLIN: number
    constructor(callback: (error: Error | null, fd: number, events: number) => void)
    add(fd: number, events: number): this
    remove(fd: number): this
    close(): void
  }
  const epoll: { readonly Epoll: typeof Epoll }
  // biome-ignore lint/style/noDefaultExport: the package is CommonJS
  export default epoll
}
