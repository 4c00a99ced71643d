const states = {
  idle: '空闲',
  starting: '正在启动',
  connecting: '正在连接',
  pushing: '直播中',
  paused: '已暂停',
  reconnecting: '正在重连',
  stopping: '正在停止',
  failed: '无法连接服务器',
}

const eventsShown = 20

Page({
  data: {
    connection: {},
    online: false,
    stateText: '正在连接设备',
    pushing: false,
    muted: false,
    beauty: 0,
    kbps: 0,
    fps: 0,
    picture: '',
    events: [],
  },

  onShow() {
    this.setData({ connection: getApp().globalData.connection })
  },

  pusher() {
    return this.selectComponent('#pusher').context()
  },

  startOrStop() {
    const method = this.data.pushing ? 'stop' : 'start'
    this.pusher()[method]({ fail: this.tell })
  },

  mute() {
    this.setData({ muted: !this.data.muted })
  },

  switchCamera() {
    this.pusher().switchCamera({ fail: this.tell })
  },

  snapshot() {
    this.pusher().snapshot({
      quality: 'compressed',
      success: (picture) => this.setData({ picture: picture.tempImagePath }),
      fail: this.tell,
    })
  },

  setBeauty(event) {
    this.setData({ beauty: event.detail.value })
  },

  tell(error) {
    wx.showToast({ title: error.errMsg.replace('operateLivePusher:fail ', ''), icon: 'none' })
  },

  onStateChange(event) {
    const { code, message } = event.detail
    const events = [{ key: `${event.timeStamp}-${code}`, code, message }, ...this.data.events]
    this.setData({ events: events.slice(0, eventsShown) })
  },

  onNetStatus(event) {
    const { netSpeed, videoFPS } = event.detail.info
    this.setData({ kbps: netSpeed, fps: videoFPS })
  },

  onError(event) {
    this.tell(event.detail)
  },

  // What the box says of itself: the picture on the phone follows it, whoever changed it.
  onBoxChange(event) {
    const { fresh, state, attributes } = event.detail
    if (!fresh) {
      this.setData({ online: false, stateText: state ? '设备没有响应' : '正在连接设备' })
      return
    }
    const idle = !state || state.state === 'idle' || state.state === 'stopping'
    this.setData({
      online: true,
      pushing: !idle,
      stateText: state ? states[state.state] : '',
      ...(attributes ? { muted: attributes.muted, beauty: attributes.beauty } : {}),
    })
  },

  openSettings() {
    wx.navigateTo({ url: '/pages/settings/settings' })
  },
})
