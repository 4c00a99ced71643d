Page({
  data: { connection: {} },

  onLoad() {
    this.setData({ connection: getApp().globalData.connection })
  },

  save(event) {
    const { host, box, username, password } = event.detail.value
    getApp().setConnection({ host: host.trim(), box: box.trim(), username, password })
    wx.navigateBack()
  },
})
