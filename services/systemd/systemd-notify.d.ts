/** The npm package runs systemd-notify(1) with our process id; it rejects with what the tool wrote, or a spawn error. */
declare module 'systemd-notify' {
  interface NotifyOptions {
    readonly ready?: boolean
    readonly status?: string
  }
  function notify(options: NotifyOptions): Promise<unknown>
  export = notify
}
