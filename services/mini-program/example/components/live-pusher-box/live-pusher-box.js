// <live-pusher-box>: the attributes and events of <live-pusher>, for a box in the network. The picture is the box's own.
const { createLivePusherContext } = require('../../lib/live-pusher-box.js')
const attributes = require('./properties.js')

const events = [
  'statechange',
  'netstatus',
  'error',
  'bgmstart',
  'bgmprogress',
  'bgmcomplete',
  'audiovolumenotify',
]
const names = Object.keys(attributes)

Component({
  properties: {
    ...attributes,
    boxHost: String,
    boxName: String,
    boxPrefix: { type: String, value: 'live-pusher' },
    username: String,
    password: String,
  },

  data: { preview: '' },

  observers: {
    'boxHost, boxName, boxPrefix, username, password': function () {
      this.connect()
    },
    [names.join(', ')]: function () {
      this.send()
    },
  },

  lifetimes: {
    attached() {
      this.connect()
    },
    detached() {
      this.disconnect()
    },
  },

  methods: {
    /** The context, as wx.createLivePusherContext() gives it. */
    context() {
      return this.pusher
    },

    connect() {
      const { boxHost, boxName, boxPrefix, username, password } = this.data
      const key = [boxHost, boxName, boxPrefix, username, password].join('\n')
      if (key === this.connectedTo) return
      this.disconnect()
      if (!boxHost || !boxName) return
      this.connectedTo = key
      this.pusher = createLivePusherContext({
        url: `ws://${boxHost}/mqtt`,
        box: boxName,
        prefix: boxPrefix,
        ...(password ? { username, password } : {}),
      })
      for (const name of events) this.pusher.on(name, (event) => this.triggerEvent(name, event.detail))
      this.pusher.watch((view) => {
        // What markup does not set, the box keeps; what it sets is sent once the box is there.
        if (view.fresh && !this.greeted) {
          this.greeted = true
          this.send()
        }
        this.triggerEvent('boxchange', view)
      })
      this.setData({ preview: `http://${boxHost}/preview.flv` })
    },

    disconnect() {
      if (this.pusher) this.pusher.close()
      this.pusher = undefined
      this.connectedTo = undefined
      this.greeted = false
      this.sent = {}
    },

    send() {
      if (!this.greeted) return
      const changed = {}
      for (const name of names) {
        const value = this.data[name]
        if (value === null || value === this.sent[name]) continue
        changed[name] = value
        this.sent[name] = value
      }
      if (Object.keys(changed).length === 0) return
      this.pusher.setAttributes(changed, { fail: (error) => this.triggerEvent('error', error) })
    },
  },
})
